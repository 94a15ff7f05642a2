% Two ships share the harbor: 0.5 * (1 - 0.2 * 0.4) = 0.46.
0.8::object(d1, ship).
0.6::object(d2, ship).
0.5::object(d3, harbor).
box(d1, 0, 0, 20, 10).
box(d2, 40, 0, 60, 10).
box(d3, 20, 0, 40, 10).
retrieve :- object(A, ship), object(B, harbor), near(A, B).
%Expected outcome:
% retrieve 0.46
