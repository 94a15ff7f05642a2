% d1 is between d2 and d3, d4 is not: 0.5 * 0.8 * 0.9.
0.5::object(d1, ship).
0.8::object(d2, bridge).
0.9::object(d3, harbor).
0.7::object(d4, ship).
box(d1, 100, 0, 110, 10).
box(d2, 0, 0, 10, 10).
box(d3, 200, 0, 210, 10).
box(d4, 300, 0, 310, 10).
retrieve :- object(A, ship), object(B, bridge), object(C, harbor), between(A, B, C).
%Expected outcome:
% retrieve 0.36
