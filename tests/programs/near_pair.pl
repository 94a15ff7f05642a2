% The gap of d1 and d2 is 20, twice the longest side is 40; d3 is 500 away. 0.5 * 0.4.
0.5::object(d1, ship).
0.4::object(d2, harbor).
0.9::object(d3, ship).
box(d1, 0, 0, 20, 10).
box(d2, 40, 0, 60, 10).
box(d3, 560, 0, 580, 10).
retrieve :- object(A, ship), object(B, harbor), near(A, B).
%Expected outcome:
% retrieve 0.2
