% 0.8 * 0.5 + 0.2 * 0.5.
0.8::object(d1, ship).
0.5::object(d2, ship).
0.9::object(d3, harbor).
retrieve :- exactly(1, A, object(A, ship)).
%Expected outcome:
% retrieve 0.5
