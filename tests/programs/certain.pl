% A certain object makes the rest irrelevant.
1.0::object(d1, ship).
0.3::object(d2, ship).
retrieve :- object(A, ship).
%Expected outcome:
% retrieve 1.0
