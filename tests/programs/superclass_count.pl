% A vehicle is small or large, each detection counts once: P(both) = 0.9 * 0.5.
0.5::object(d1, small_vehicle); 0.4::object(d1, large_vehicle).
0.5::object(d2, small_vehicle).
retrieve :- at_least(2, A, object(A, vehicle)).
%Expected outcome:
% retrieve 0.45
