% A gap of 100 pixels is 50 metres at 0.5 m per pixel: the limit holds, 49 metres would not. 0.5 * 0.5.
0.5::object(d1, plane).
0.5::object(d2, storage_tank).
box(d1, 0, 0, 20, 10).
box(d2, 120, 0, 140, 10).
gsd(0.5).
retrieve :- object(A, plane), object(B, storage_tank), near(A, B, 50), \+ near(A, B, 49).
%Expected outcome:
% retrieve 0.25
