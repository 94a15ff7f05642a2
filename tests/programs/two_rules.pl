% Two rules for one goal share the ship: 0.5 * (1 - 0.2 * 0.6) = 0.44.
0.5::object(d1, ship).
0.8::object(d2, plane).
0.4::object(d3, harbor).
retrieve :- object(A, ship), object(B, plane).
retrieve :- object(A, ship), object(B, harbor).
%Expected outcome:
% retrieve 0.44
