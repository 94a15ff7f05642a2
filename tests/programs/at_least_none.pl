% At least none is always true, at most none is the negation: 1 * 0.2.
0.8::object(d1, ship).
retrieve :- at_least(0, A, object(A, ship)), at_most(0, A, object(A, ship)).
%Expected outcome:
% retrieve 0.2
