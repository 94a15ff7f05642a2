% A ship that no plane is near: d1 has d3 beside it, d2 nothing. 1 - (1 - 0.5 * 0.4) * (1 - 0.3) = 0.44.
0.5::object(d1, ship).
0.3::object(d2, ship).
0.6::object(d3, plane).
box(d1, 0, 0, 10, 10).
box(d2, 500, 0, 510, 10).
box(d3, 12, 0, 22, 10).
retrieve :- object(A, ship), \+ (object(B, plane), near(A, B)).
%Expected outcome:
% retrieve 0.44
