% A helper rule that holds with probability 0.5 for each ship: 1 - (1 - 0.8 * 0.5) * (1 - 0.4 * 0.5) = 0.52.
0.8::object(d1, ship).
0.4::object(d2, ship).
0.5::moving(A) :- object(A, ship).
retrieve :- moving(A).
%Expected outcome:
% retrieve 0.52
