% The largest ship lies left of the harbor: d1 (large, right) must be absent, d2 (small, left) present. 0.5 * 0.8 * 0.9.
0.5::object(d1, ship).
0.8::object(d2, ship).
0.9::object(d3, harbor).
box(d1, 200, 0, 260, 20).
box(d2, 0, 0, 20, 10).
box(d3, 100, 0, 120, 10).
retrieve :- largest(S, ship), object(H, harbor), left_of(S, H).
%Expected outcome:
% retrieve 0.36
