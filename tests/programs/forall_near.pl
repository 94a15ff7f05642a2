% Every ship near the harbor: d2 is not, so it must be absent; d1 needs the harbor. 0.7 * (0.5 + 0.5 * 0.9).
0.5::object(d1, ship).
0.3::object(d2, ship).
0.9::object(d3, harbor).
box(d1, 0, 0, 10, 10).
box(d2, 700, 0, 710, 10).
box(d3, 15, 0, 25, 10).
retrieve :- forall(object(A, ship), (object(B, harbor), near(A, B))).
%Expected outcome:
% retrieve 0.665
