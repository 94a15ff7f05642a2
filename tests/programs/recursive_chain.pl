% A row of ships, each near the next, from a harbor to a bridge: needs all: 0.9 * 0.5 * 0.5 * 0.8.
0.9::object(d1, harbor).
0.5::object(d2, ship).
0.5::object(d3, ship).
0.8::object(d4, bridge).
box(d1, 0, 0, 10, 10).
box(d2, 20, 0, 30, 10).
box(d3, 40, 0, 50, 10).
box(d4, 60, 0, 70, 10).
linked(A, B) :- object(A, harbor), object(B, ship), near(A, B, px(10)).
linked(A, C) :- linked(A, B), object(C, ship), near(B, C, px(10)).
retrieve :- linked(A, B), object(D, bridge), near(B, D, px(10)).
%Expected outcome:
% retrieve 0.18
