% Measures of boxes. They are functions, detections in and numbers out, computed by the package, the same in every engine. A
% measure that is undefined fails.

%!  gap(+A:object, +B:object, -Pixels:number) is det.
%
%   Shortest distance between the edges of A and B in pixels; 0 where they meet.
%
%   Example: `retrieve :- object(A, ship), object(B, harbor), gap(A, B, G), G < 20.`

%!  overlap_area(+A:object, +B:object, -Pixels:number) is det.
%
%   Area shared by A and B in square pixels; 0 where they only touch.
%
%   Example: `retrieve :- object(A, bridge), object(B, harbor), overlap_area(A, B, S), S > 100.`

%!  cover(+A:object, +B:object, -Share:number) is det.
%
%   Share of A's area that lies in B, 0 to 1.
%
%   Example: `retrieve :- object(A, ship), object(B, harbor), cover(A, B, S), S > 0.5.`

%!  iou(+A:object, +B:object, -Share:number) is det.
%
%   Intersection over union of A and B, 0 to 1.
%
%   Example: `retrieve :- object(A, ship), object(B, ship), distinct(A, B), iou(A, B, S), S > 0.3.`

%!  center(+A:object, -X:number, -Y:number) is det.
%
%   X and Y of the middle of A in pixels.
%
%   Example: `retrieve :- object(A, ship), center(A, X, _), X < 100.`

%!  extent(+A:object, -Left:number, -Top:number, -Right:number, -Bottom:number) is det.
%
%   Left, top, right and bottom of the upright rectangle around A in pixels.
%
%   Example: `retrieve :- object(A, ship), extent(A, Left, Top, _, _), min(Left, Top) < 5.`

%!  area(+A:object, -Pixels:number) is det.
%
%   Area of A in square pixels.
%
%   Example: `retrieve :- object(A, storage_tank), area(A, S), S > 900.`

%!  long_side(+A:object, -Pixels:number) is det.
%
%   Length of the longer side of A in pixels.
%
%   Example: `retrieve :- object(A, ship), long_side(A, L), L > 80.`

%!  short_side(+A:object, -Pixels:number) is det.
%
%   Length of the shorter side of A in pixels.
%
%   Example: `retrieve :- object(A, bridge), short_side(A, L), L < 10.`

%!  angle(+A:object, -Degrees:angle) is semidet.
%
%   Direction of the long axis of A in degrees clockwise from image up, in [0, 180); undefined for a square.
%
%   Example: `retrieve :- object(A, ship), angle(A, D), abs(D - 90) < 20.`

%!  azimuth(+A:object, -Degrees:angle) is semidet.
%
%   Direction of the long axis of A in degrees clockwise from north, in [0, 180); image up is north where the image is
%   not georeferenced; undefined for a square.
%
%   Example: `retrieve :- object(A, ship), azimuth(A, D), abs(D - 90) < 20.`

%!  offset(+A:object, +B:object, -Along:number, -Across:number) is semidet.
%
%   Where the middle of B lies from the middle of A, in pixels along the long axis of A and across it; undefined where
%   A is a square.
%
%   Example: `retrieve :- object(A, plane), object(B, plane), offset(A, B, U, V), abs(V) > 2 * abs(U).`

%!  position(+A:object, -Easting:number, -Northing:number) is det.
%
%   Easting and northing of the middle of A: map coordinates where the image's coordinate reference system is
%   projected, metres from the middle of the image where it is in degrees, pixels (X, -Y) where there is none.
%
%   Example: `retrieve :- object(A, ship), position(A, _, Y), object(B, harbor), position(B, _, Z), Y > Z + 100.`

%!  bearing(+A:object, +B:object, -Degrees:angle) is semidet.
%
%   Direction from the middle of A to the middle of B in degrees clockwise from north, in [0, 360); image up is north
%   where the image is not georeferenced; undefined where the middles are one point.
%
%   Example: `retrieve :- object(A, harbor), object(B, ship), bearing(A, B, D), D > 180.`

%!  size_rank(+A:object, -Rank:number) is det.
%
%   Rank of the area of A among the detections of its class in the archive: 0 the smallest, 1 the largest.
%
%   Example: `retrieve :- object(A, ship), size_rank(A, R), R > 0.95.`

%!  probability(+A:object, -P:number) is det.
%
%   Probability that A is an object of its most probable class, 0 to 1.
%
%   Example: `retrieve :- object(A, plane), probability(A, P), P > 0.5.`

%!  image_size(-Width:number, -Height:number) is semidet.
%
%   Width and height of the image in pixels; undefined where unknown.
%
%   Example: `retrieve :- object(A, ship), center(A, X, _), image_size(W, _), X > W / 2.`

%!  gsd(-Metres:number) is semidet.
%
%   Ground sampling distance of the image in metres per pixel; undefined where unknown.
%
%   Example: `retrieve :- object(A, ship), gsd(S), S < 0.5.`
