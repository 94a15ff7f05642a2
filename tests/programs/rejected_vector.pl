% d1 is no false alarm but a rejected detection: only d2 is left.
0.3::object(d1, plane); 0.6::object(d1, helicopter).
0.25::object(d2, plane).
reject(d1).
retrieve :- object(A, plane) ; object(A, helicopter).
%Expected outcome:
% retrieve 0.25
