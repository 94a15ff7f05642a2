% Not both: 1 - 0.8 * 0.5.
0.8::object(d1, ship).
0.5::object(d2, ship).
retrieve :- at_most(1, A, object(A, ship)).
%Expected outcome:
% retrieve 0.6
