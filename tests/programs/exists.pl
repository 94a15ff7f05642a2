% One of two ships: 1 - 0.2 * 0.5.
0.8::object(d1, ship).
0.5::object(d2, ship).
0.9::object(d3, plane).
retrieve :- object(A, ship).
%Expected outcome:
% retrieve 0.9
