% No world has d1 as plane and as helicopter; d2 can only be the helicopter: 0.3 * 0.5.
0.3::object(d1, plane); 0.6::object(d1, helicopter).
0.5::object(d2, helicopter).
retrieve :- object(A, plane), object(B, helicopter).
%Expected outcome:
% retrieve 0.15
