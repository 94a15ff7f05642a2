% Confirming d1 confirms its most probable class, helicopter; as a plane it is out.
0.3::object(d1, plane); 0.6::object(d1, helicopter).
0.25::object(d2, plane).
confirm(d1).
retrieve :- object(A, plane).
%Expected outcome:
% retrieve 0.25
