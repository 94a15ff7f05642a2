% Relations between objects. All are irreflexive: two arguments are two detections.
%
% The gap of two objects is the shortest distance between the edges of their oriented boxes, 0 where they meet. The middle
% of an object is the mean of its corners. Image axes: x to the right, y down.

%!  near(+A:object, +B:object) is semidet.
%
%   The gap between A and B is at most twice the longest side of the two: near for things of their size.
%
%   Example: `retrieve :- object(A, ship), object(B, harbor), near(A, B).`
near(A, B) :- distinct(A, B), gap(A, B, G), long_side(A, L), long_side(B, M), G =< 2 * max(L, M).

%!  near(+A:object, +B:object, +D:distance) is semidet.
%
%   The gap between A and B is at most D, in metres or pixels.
%
%   Example: `retrieve :- object(A, ship), object(B, harbor), near(A, B, 50).`
near(A, B, D) :- distinct(A, B), gap(A, B, G), pixels(D, P), G =< P.

%!  farther_than(+A:object, +B:object, +D:distance) is semidet.
%
%   The gap between A and B is more than D, in metres or pixels.
%
%   Example: `retrieve :- object(A, plane), object(B, helicopter), farther_than(A, B, px(200)).`
farther_than(A, B, D) :- distinct(A, B), gap(A, B, G), pixels(D, P), G > P.

%!  adjacent(+A:object, +B:object) is semidet.
%
%   A and B are next to each other: the gap is at most half the long side of the one with the shorter long side.
%
%   Example: `retrieve :- object(A, plane), object(B, storage_tank), adjacent(A, B).`
adjacent(A, B) :- distinct(A, B), gap(A, B, G), long_side(A, L), long_side(B, M), G =< min(L, M) / 2.

%!  touching(+A:object, +B:object) is semidet.
%
%   The gap between A and B is at most one pixel; boxes that overlap touch.
%
%   Example: `retrieve :- object(A, ship), object(B, harbor), touching(A, B).`
touching(A, B) :- distinct(A, B), gap(A, B, G), G =< 1.

%!  overlaps(+A:object, +B:object) is semidet.
%
%   A and B share some area; a common edge is none.
%
%   Example: `retrieve :- object(A, bridge), object(B, harbor), overlaps(A, B).`
overlaps(A, B) :- distinct(A, B), overlap_area(A, B, S), S > 0.

%!  inside(+A:object, +B:object) is semidet.
%
%   At least 80 % of the area of A lies in B.
%
%   Example: `retrieve :- object(A, soccer_ball_field), object(B, ground_track_field), inside(A, B).`
inside(A, B) :- distinct(A, B), cover(A, B, S), S >= 0.8.

%!  contains(+A:object, +B:object) is semidet.
%
%   At least 80 % of the area of B lies in A: the converse of inside/2.
%
%   Example: `retrieve :- object(A, harbor), object(B, ship), contains(A, B).`
contains(A, B) :- inside(B, A).

%!  left_of(+A:object, +B:object) is semidet.
%
%   The middle of A is to the left of the middle of B in the image.
%
%   Example: `retrieve :- object(A, ship), object(B, bridge), left_of(A, B).`
left_of(A, B) :- distinct(A, B), center(A, X, _), center(B, Y, _), X < Y.

%!  right_of(+A:object, +B:object) is semidet.
%
%   The middle of A is to the right of the middle of B in the image.
%
%   Example: `retrieve :- object(A, ship), object(B, bridge), right_of(A, B).`
right_of(A, B) :- left_of(B, A).

%!  above(+A:object, +B:object) is semidet.
%
%   The middle of A is higher in the image than the middle of B.
%
%   Example: `retrieve :- object(A, plane), object(B, roundabout), above(A, B).`
above(A, B) :- distinct(A, B), center(A, _, X), center(B, _, Y), X < Y.

%!  below(+A:object, +B:object) is semidet.
%
%   The middle of A is lower in the image than the middle of B.
%
%   Example: `retrieve :- object(A, plane), object(B, roundabout), below(A, B).`
below(A, B) :- above(B, A).

%!  north_of(+A:object, +B:object) is semidet.
%
%   The middle of A lies farther north than the middle of B. Image up is north where the image is not georeferenced.
%
%   Example: `retrieve :- object(A, plane), object(B, helicopter), north_of(A, B).`
north_of(A, B) :- distinct(A, B), position(A, _, X), position(B, _, Y), X > Y.

%!  south_of(+A:object, +B:object) is semidet.
%
%   The middle of A lies farther south than the middle of B. Image up is north where the image is not georeferenced.
%
%   Example: `retrieve :- object(A, plane), object(B, helicopter), south_of(A, B).`
south_of(A, B) :- north_of(B, A).

%!  east_of(+A:object, +B:object) is semidet.
%
%   The middle of A lies farther east than the middle of B. Image right is east where the image is not georeferenced.
%
%   Example: `retrieve :- object(A, plane), object(B, helicopter), east_of(A, B).`
east_of(A, B) :- distinct(A, B), position(A, X, _), position(B, Y, _), X > Y.

%!  west_of(+A:object, +B:object) is semidet.
%
%   The middle of A lies farther west than the middle of B. Image right is east where the image is not georeferenced.
%
%   Example: `retrieve :- object(A, plane), object(B, helicopter), west_of(A, B).`
west_of(A, B) :- east_of(B, A).

%!  between(+A:object, +B:object, +C:object) is semidet.
%
%   A is between B and C: seen from the middle of A, the middles of B and C are at least 135 degrees apart. The order of
%   B and C does not matter.
%
%   Example: `retrieve :- object(A, ship), object(B, bridge), object(C, harbor), between(A, B, C).`
between(A, B, C) :-
    distinct(A, B), distinct(A, C), distinct(B, C),
    center(A, X, Y), center(B, XB, YB), center(C, XC, YC),
    U1 is XB - X, V1 is YB - Y, U2 is XC - X, V2 is YC - Y,
    Dot is U1 * U2 + V1 * V2,
    Dot < 0,
    % cos(135 degrees) squared is one half
    2 * Dot * Dot >= (U1 * U1 + V1 * V1) * (U2 * U2 + V2 * V2).

%!  parallel(+A:object, +B:object) is semidet.
%
%   The long axes of A and B differ in direction by at most 15 degrees. A square has no long axis and is parallel to nothing.
%
%   Example: `retrieve :- object(A, ship), object(B, ship), parallel(A, B).`
parallel(A, B) :-
    distinct(A, B), angle(A, X), angle(B, Y), D is abs(X - Y), min(D, 180 - D) =< 15.

%!  aligned(+A:object, +B:object) is semidet.
%
%   A and B are parallel, and the line between their middles runs along or across A: within 15 degrees of its long or its
%   short axis.
%
%   Example: `retrieve :- object(A, plane), object(B, plane), aligned(A, B).`
aligned(A, B) :-
    parallel(A, B), offset(A, B, Along, Across), U is abs(Along), V is abs(Across),
    % tan(15 degrees)
    min(U, V) =< 0.2679491924311227 * max(U, V).

%!  same_row(+A:object, +B:object) is semidet.
%
%   A and B are side by side in the image: their middles differ in height by at most half of the taller one's height.
%
%   Example: `retrieve :- object(A, plane), object(B, plane), same_row(A, B), near(A, B).`
same_row(A, B) :-
    distinct(A, B), center(A, _, X), center(B, _, Y), extent(A, _, T1, _, B1), extent(B, _, T2, _, B2),
    abs(X - Y) =< max(B1 - T1, B2 - T2) / 2.

%!  in_region(+A:object, ?Region:region) is nondet.
%
%   The middle of A lies in that part of the image. top, bottom, left and right are thirds of it; top_left, top_right,
%   bottom_left and bottom_right are where two of them cross; center is the middle cell of nine. Fails where the size of
%   the image is unknown.
%
%   Example: `retrieve :- object(A, ship), in_region(A, top_left).`
in_region(A, top) :- detection(A), center(A, _, Y), image_size(_, H), Y < H / 3.
in_region(A, bottom) :- detection(A), center(A, _, Y), image_size(_, H), Y > 2 * H / 3.
in_region(A, left) :- detection(A), center(A, X, _), image_size(W, _), X < W / 3.
in_region(A, right) :- detection(A), center(A, X, _), image_size(W, _), X > 2 * W / 3.
in_region(A, top_left) :- detection(A), center(A, X, Y), image_size(W, H), X < W / 3, Y < H / 3.
in_region(A, top_right) :- detection(A), center(A, X, Y), image_size(W, H), X > 2 * W / 3, Y < H / 3.
in_region(A, bottom_left) :- detection(A), center(A, X, Y), image_size(W, H), X < W / 3, Y > 2 * H / 3.
in_region(A, bottom_right) :- detection(A), center(A, X, Y), image_size(W, H), X > 2 * W / 3, Y > 2 * H / 3.
in_region(A, center) :-
    detection(A), center(A, X, Y), image_size(W, H),
    X >= W / 3, X =< 2 * W / 3, Y >= H / 3, Y =< 2 * H / 3.

% Relations that depend on which objects are present.

%!  closest(+A:object, +B:object) is semidet.
%
%   Among the objects of A's class, none has a smaller gap to B than A. Objects at the same gap are all closest.
%
%   Example: `retrieve :- object(A, plane), object(B, storage_tank), closest(A, B), large(A).`
closest(A, B) :- object(A, Class), distinct(A, B), gap(A, B, G), \+ nearer_object(B, Class, G).

%!  nearer_object(+B:object, +Class:class, +Gap:number) is semidet.
%   @internal
%
%   Some object of the class has a smaller gap to B.
nearer_object(B, Class, Gap) :- object(A, Class), distinct(A, B), gap(A, B, G), G < Gap.

%!  surrounded_by(+A:object, +B:object) is semidet.
%
%   B is one of the objects of its class that are near A and lie around it, in at least three of the four quadrants about
%   the middle of A; or A is inside B.
%
%   Example: `retrieve :- object(A, storage_tank), object(B, large_vehicle), surrounded_by(A, B).`
surrounded_by(A, B) :- inside(A, B).
surrounded_by(A, B) :- object(B, Class), near(A, B), encircled(A, Class).

%!  encircled(+A:object, +Class:class) is semidet.
%   @internal
%
%   Objects of the class that are near A lie in at least three of the four quadrants about it.
encircled(A, Class) :- flanked(A, Class, 1), flanked(A, Class, 2), flanked(A, Class, 3).
encircled(A, Class) :- flanked(A, Class, 1), flanked(A, Class, 2), flanked(A, Class, 4).
encircled(A, Class) :- flanked(A, Class, 1), flanked(A, Class, 3), flanked(A, Class, 4).
encircled(A, Class) :- flanked(A, Class, 2), flanked(A, Class, 3), flanked(A, Class, 4).

%!  flanked(+A:object, +Class:class, +Quadrant:number) is semidet.
%   @internal
%
%   An object of the class is near A in that quadrant.
flanked(A, Class, Quadrant) :- object(B, Class), near(A, B), quadrant(A, B, Quadrant).

%!  quadrant(+A:object, +B:object, ?Quadrant:number) is nondet.
%   @internal
%
%   The middle of B is in that quadrant about the middle of A: 1 above to the right, 2 below to the right, 3 below to the
%   left, 4 above to the left. Straight up is in 1, right in 2, down in 3, left in 4; the middle of A itself in none.
quadrant(A, B, 1) :- distinct(A, B), center(A, X, Y), center(B, U, V), U >= X, V < Y.
quadrant(A, B, 2) :- distinct(A, B), center(A, X, Y), center(B, U, V), U > X, V >= Y.
quadrant(A, B, 3) :- distinct(A, B), center(A, X, Y), center(B, U, V), U =< X, V > Y.
quadrant(A, B, 4) :- distinct(A, B), center(A, X, Y), center(B, U, V), U < X, V =< Y.
