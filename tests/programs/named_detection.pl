% A rule may name a detection: 0.5 for d1, whatever d2 is.
0.5::object(d1, ship).
0.9::object(d2, ship).
retrieve :- object(A, ship), A = d1.
%Expected outcome:
% retrieve 0.5
