% d2 is nearer to the harbor than d1: the closest ship is large-sided d1 only where d2 is absent. 0.9 * 0.5 * (1 - 0.4).
0.5::object(d1, ship).
0.4::object(d2, ship).
0.9::object(d3, harbor).
box(d1, 0, 0, 20, 10).
box(d2, 30, 0, 40, 10).
box(d3, 50, 0, 60, 10).
retrieve :- object(H, harbor), closest(S, H), object(S, ship), longer_than(S, px(15)).
%Expected outcome:
% retrieve 0.27
