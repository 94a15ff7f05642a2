% Ships are counted for each harbor by itself: d3 has both beside it, d4 none. 0.5 * 0.8 * 0.6.
0.8::object(d1, ship).
0.6::object(d2, ship).
0.5::object(d3, harbor).
0.9::object(d4, harbor).
box(d1, 0, 0, 20, 10).
box(d2, 40, 0, 60, 10).
box(d3, 20, 0, 40, 10).
box(d4, 900, 0, 920, 10).
retrieve :- object(H, harbor), at_least(2, S, (object(S, ship), near(S, H))).
%Expected outcome:
% retrieve 0.24
