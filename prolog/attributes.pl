% Properties of single objects.

%!  large(+A:object) is semidet.
%
%   A is among the largest quarter of the detections of its class in the archive, by area.
%
%   Example: `retrieve :- object(A, ship), large(A).`
large(A) :- detection(A), size_rank(A, R), R >= 0.75.

%!  small(+A:object) is semidet.
%
%   A is among the smallest quarter of the detections of its class in the archive, by area.
%
%   Example: `retrieve :- object(A, ship), small(A).`
small(A) :- detection(A), size_rank(A, R), R =< 0.25.

%!  largest(?A:object, ?Class:class) is semidet.
%
%   A is an object of the class, and no other object of the class in the image has a larger area. Objects of the same area
%   are all largest.
%
%   Example: `retrieve :- object(A, ship), largest(A, ship), object(B, harbor), near(A, B).`
largest(A, Class) :- object(A, Class), area(A, S), \+ larger_object(Class, S).

%!  larger_object(+Class:class, +Area:number) is semidet.
%   @internal
%
%   Some object of the class has a larger area, in square pixels.
larger_object(Class, Area) :- object(A, Class), area(A, S), S > Area.

%!  smallest(?A:object, ?Class:class) is semidet.
%
%   A is an object of the class, and no other object of the class in the image has a smaller area. Objects of the same area
%   are all smallest.
%
%   Example: `retrieve :- object(A, plane), smallest(A, plane), in_region(A, center).`
smallest(A, Class) :- object(A, Class), area(A, S), \+ smaller_object(Class, S).

%!  smaller_object(+Class:class, +Area:number) is semidet.
%   @internal
%
%   Some object of the class has a smaller area, in square pixels.
smaller_object(Class, Area) :- object(A, Class), area(A, S), S < Area.

%!  longer_than(+A:object, +L:distance) is semidet.
%
%   The longer side of A is more than L, in metres or pixels.
%
%   Example: `retrieve :- object(A, ship), longer_than(A, 100).`
longer_than(A, L) :- detection(A), long_side(A, S), pixels(L, P), S > P.

%!  area_above(+A:object, +S:area) is semidet.
%
%   The area of A is more than S, in square metres or square pixels.
%
%   Example: `retrieve :- object(A, storage_tank), area_above(A, px(900)).`
area_above(A, S) :- detection(A), area(A, T), square_pixels(S, P), T > P.

%!  elongated(+A:object) is semidet.
%
%   The longer side of A is at least three times the shorter one.
%
%   Example: `retrieve :- object(A, bridge), elongated(A).`
elongated(A) :- detection(A), long_side(A, L), short_side(A, S), L >= 3 * S.

%!  heading(+A:object, -Degrees:angle) is semidet.
%
%   The direction of the long axis of A in degrees clockwise from north, from 0 up to 180: 0 is north to south, 90 is east to
%   west. Image up is north where the image is not georeferenced. Fails for a square.
%
%   Example: `retrieve :- object(A, ship), heading(A, H), H > 45, H < 135.`
heading(A, Degrees) :- detection(A), azimuth(A, Degrees).

%!  confident(+A:object, +P:number) is semidet.
%
%   The probability that A is an object of its most probable class is at least P, from 0 to 1. This asks how sure the detector
%   was, not whether the object is there.
%
%   Example: `retrieve :- object(A, helicopter), confident(A, 0.9).`
confident(A, P) :- detection(A), probability(A, Q), Q >= P.
