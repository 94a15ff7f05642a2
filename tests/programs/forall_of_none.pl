% A universal over nothing holds.
0.5::object(d1, plane).
retrieve :- forall(object(A, ship), object(_, harbor)).
%Expected outcome:
% retrieve 1.0
