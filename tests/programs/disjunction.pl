% 1 - 0.2 * 0.5
0.8::object(d1, ship).
0.5::object(d2, plane).
retrieve :- object(A, ship) ; object(A, plane).
%Expected outcome:
% retrieve 0.9
