0.8::object(d1, ship).
0.5::object(d2, plane).
retrieve :- exactly(0, A, object(A, ship)), object(B, plane).
%Expected outcome:
% retrieve 0.1
