% 1 - P(0) - P(1) = 1 - 0.125 - 0.375.
0.5::object(d1, ship).
0.5::object(d2, ship).
0.5::object(d3, ship).
retrieve :- at_least(2, A, object(A, ship)).
%Expected outcome:
% retrieve 0.5
