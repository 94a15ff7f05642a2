% Matches d1-d2, d2-d3, d3-d4 on a line, all 0.5: of 16 worlds, 8 have two neighbours.
0.5::object(d1, ship).
0.5::object(d2, ship).
0.5::object(d3, ship).
0.5::object(d4, ship).
box(d1, 0, 0, 10, 10).
box(d2, 20, 0, 30, 10).
box(d3, 40, 0, 50, 10).
box(d4, 60, 0, 70, 10).
retrieve :- object(A, ship), object(B, ship), near(A, B, px(10)).
%Expected outcome:
% retrieve 0.5
