% Two near objects of one class, whichever: only d1 and d2 are, d3 is of another class. 0.5 * 0.4.
0.5::object(d1, ship).
0.4::object(d2, ship).
0.9::object(d3, harbor).
box(d1, 0, 0, 20, 10).
box(d2, 30, 0, 50, 10).
box(d3, 60, 0, 80, 10).
retrieve :- object(A, C), object(B, C), near(A, B).
%Expected outcome:
% retrieve 0.2
