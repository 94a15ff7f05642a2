% A busy harbor west of a plane: 0.5 * 0.8 * 0.6 * 0.9.
0.8::object(d1, ship).
0.6::object(d2, ship).
0.5::object(d3, harbor).
0.9::object(d4, plane).
box(d1, 0, 0, 20, 10).
box(d2, 40, 0, 60, 10).
box(d3, 20, 0, 40, 10).
box(d4, 900, 0, 920, 10).
busy(H) :- object(H, harbor), at_least(2, S, (object(S, ship), near(S, H))).
retrieve :- busy(H), object(P, plane), left_of(H, P).
%Expected outcome:
% retrieve 0.216
