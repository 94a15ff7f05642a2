% One detection, two classes that exclude each other: 0.3 + 0.6; never both.
0.3::object(d1, plane); 0.6::object(d1, helicopter).
retrieve :- object(A, plane) ; object(A, helicopter).
%Expected outcome:
% retrieve 0.9
