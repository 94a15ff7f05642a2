% No detection of the class.
0.8::object(d1, ship).
retrieve :- object(A, plane).
%Expected outcome:
% retrieve 0.0
