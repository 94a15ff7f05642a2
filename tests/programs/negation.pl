% A ship and no plane: 0.8 * 0.3.
0.8::object(d1, ship).
0.7::object(d2, plane).
retrieve :- object(A, ship), \+ object(_, plane).
%Expected outcome:
% retrieve 0.24
