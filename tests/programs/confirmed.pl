% d1 is confirmed: 1 * 0.4.
0.5::object(d1, ship).
0.4::object(d2, harbor).
confirm(d1).
retrieve :- object(A, ship), object(B, harbor).
%Expected outcome:
% retrieve 0.4
