% d1's middle is in the left and the top third, d2's is not. 0.5.
0.5::object(d1, ship).
0.9::object(d2, ship).
box(d1, 0, 0, 20, 10).
box(d2, 140, 140, 160, 160).
image(300, 300).
retrieve :- object(A, ship), in_region(A, top_left).
%Expected outcome:
% retrieve 0.5
