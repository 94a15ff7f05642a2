% Counting objects, and statements about all of them.
%
% at_least/3 and its kin take a goal as an argument. Engines turn such a goal into a closure, a predicate that holds for the
% objects to count, and call the counters below with it. The objects that can be counted are countable(1, d3),
% countable(2, d7), ..., countable_total(T) says how many there are, and a counter walks through them. It has one state per
% position and number found, and it stops as soon as the answer is known: the work grows with objects times count, where
% collecting all solutions in a list doubles it with every object.

%!  at_least(+N:count, -X:template, :Goal:goal) is semidet.
%
%   At least N different objects X satisfy the goal. Other variables of the goal that are bound before the count, as A is in
%   `object(A, harbor), at_least(...)`, are fixed; those that are not mean "some".
%
%   Example: `retrieve :- at_least(3, A, object(A, ship)).`

%!  at_most(+N:count, -X:template, :Goal:goal) is semidet.
%
%   At most N different objects X satisfy the goal.
%
%   Example: `retrieve :- object(H, harbor), at_most(2, S, (object(S, ship), near(S, H))).`

%!  exactly(+N:count, -X:template, :Goal:goal) is semidet.
%
%   Exactly N different objects X satisfy the goal.
%
%   Example: `retrieve :- exactly(2, A, object(A, helicopter)).`

%!  more(-X:template, :Goal:goal, -Y:template, :Other:goal) is semidet.
%
%   More objects X satisfy the first goal than objects Y satisfy the other.
%
%   Example: `retrieve :- more(S, object(S, ship), H, object(H, harbor)).`

%!  forall(:Condition:goal, :Goal:goal) is semidet.
%
%   Whatever satisfies the condition satisfies the goal; holds where nothing satisfies the condition.
%
%   Example: `retrieve :- forall(object(A, ship), (object(B, harbor), near(A, B))).`

%!  count_at_least(+I:count, +N:count, +P:closure) is semidet.
%   @internal
%
%   P holds for at least N of the objects from position I on.
count_at_least(_, 0, _).
count_at_least(I, N, P) :-
    N > 0, countable_total(T), N =< T - I + 1, countable(I, D),
    call(P, D), M is N - 1, J is I + 1, count_at_least(J, M, P).
count_at_least(I, N, P) :-
    N > 0, countable_total(T), N =< T - I, countable(I, D),
    \+ call(P, D), J is I + 1, count_at_least(J, N, P).

%!  count_exactly(+I:count, +N:count, +P:closure) is semidet.
%   @internal
%
%   P holds for exactly N of the objects from position I on.
count_exactly(I, 0, _) :- countable_total(T), I > T.
count_exactly(I, N, P) :-
    N > 0, countable_total(T), N =< T - I + 1, countable(I, D),
    call(P, D), M is N - 1, J is I + 1, count_exactly(J, M, P).
count_exactly(I, N, P) :-
    countable_total(T), N =< T - I, countable(I, D),
    \+ call(P, D), J is I + 1, count_exactly(J, N, P).

%!  count_more(+P:closure, +Q:closure) is semidet.
%   @internal
%
%   P holds for more of the objects than Q does.
count_more(P, Q) :- count_lead(1, 0, P, Q).

%!  count_lead(+I:count, +Lead:number, +P:closure, +Q:closure) is semidet.
%   @internal
%
%   P ends ahead of Q when it leads by Lead before position I. A lead that the rest cannot change ends the walk.
count_lead(I, Lead, _, _) :- countable_total(T), Lead > T - I + 1.
count_lead(I, Lead, P, Q) :-
    countable_total(T), Lead =< T - I + 1, Lead + T - I + 1 > 0, countable(I, D),
    count_step(P, Q, D, Step), J is I + 1, Next is Lead + Step, count_lead(J, Next, P, Q).

%!  count_step(+P:closure, +Q:closure, +D:object, -Step:number) is semidet.
%   @internal
%
%   What D adds to the lead of P over Q.
count_step(P, Q, D, 1) :- call(P, D), \+ call(Q, D).
count_step(P, Q, D, -1) :- \+ call(P, D), call(Q, D).
count_step(P, Q, D, 0) :- call(P, D), call(Q, D).
count_step(P, Q, D, 0) :- \+ call(P, D), \+ call(Q, D).

%!  countable(?I:count, ?D:object) is nondet.
%   @internal
%
%   D is the I-th object that can be counted, from 1. Given by the engine.

%!  countable_total(-T:count) is det.
%   @internal
%
%   How many objects can be counted. Given by the engine.
