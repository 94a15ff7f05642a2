% Ships outnumber harbors: (2, 0), (2, 1), (1, 0): 0.25 + 0.5 * 0.6.
% P(S = 2) = 0.25, P(S = 1) = 0.5, P(H = 0) = 0.6: 0.25 * 1 + 0.5 * 0.6 = 0.55.
0.5::object(d1, ship).
0.5::object(d2, ship).
0.4::object(d3, harbor).
retrieve :- more(S, object(S, ship), H, object(H, harbor)).
%Expected outcome:
% retrieve 0.55
