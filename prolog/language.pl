% The words that every rule is made of. What has no clauses here comes from the engine.
%
% How to read the comments: `+` arguments are given when the predicate is called, `-` arguments are computed, `?` may be
% either. After the colon stands the kind: object (a detection, d1, d2, ...), class (ship), region (top_left), distance and
% area (a number of metres or square metres, or px(N) for pixels), angle (degrees), number, count, template, goal.
% `det` succeeds once, `semidet` at most once, `nondet` any number of times.

%!  object(?A:object, ?Class:class) is nondet.
%
%   A is an object of the class. This is what detections say, each with its probability; all else follows from it.
%
%   Example: `retrieve :- object(A, ship).`

%!  detection(?A:object) is nondet.
%
%   @internal
%
%   A is a detection of the image, whether there is an object or not. Library files begin relations of a single object with
%   it, so that they also enumerate.

%!  distinct(+A:object, +B:object) is semidet.
%
%   A and B are two different detections. Every relation between objects starts with it.
%
%   Example: `retrieve :- object(A, ship), object(B, ship), distinct(A, B), iou(A, B, S), S < 0.1.`
distinct(A, B) :- detection(A), detection(B), A \== B.

%!  true is det.
%
%   Holds always.
%
%   Example: `retrieve :- true.`

%!  fail is semidet.
%
%   Holds never.
%
%   Example: `retrieve :- object(A, ship), (large(A) ; fail).`

%!  +X:number < +Y:number is semidet.
%
%   X is less than Y. Both may be arithmetic: `+ - * /`, `abs min max sqrt`.
%
%   Example: `retrieve :- object(A, ship), long_side(A, L), L < 20.`

%!  +X:number > +Y:number is semidet.
%
%   X is greater than Y.
%
%   Example: `retrieve :- object(A, ship), long_side(A, L), L > 20.`

%!  +X:number =< +Y:number is semidet.
%
%   X is less than Y or equal to it.
%
%   Example: `retrieve :- object(A, ship), heading(A, H), H =< 90.`

%!  +X:number >= +Y:number is semidet.
%
%   X is greater than Y or equal to it.
%
%   Example: `retrieve :- object(A, ship), heading(A, H), H >= 90.`

%!  +X:number =:= +Y:number is semidet.
%
%   X and Y are equal numbers.
%
%   Example: `retrieve :- object(A, ship), object(B, harbor), gap(A, B, G), G =:= 0.`

%!  +X:number =\= +Y:number is semidet.
%
%   X and Y are different numbers.
%
%   Example: `retrieve :- object(A, ship), object(B, harbor), gap(A, B, G), G =\= 0.`

%!  -X:number is +Y:number is det.
%
%   X is the value of the arithmetic Y.
%
%   Example: `retrieve :- object(A, ship), long_side(A, L), short_side(A, S), R is L / S, R > 4.`

%!  ?X:object == ?Y:object is semidet.
%
%   X and Y are the same.
%
%   Example: `retrieve :- object(A, ship), object(B, ship), \+ A == B.`

%!  ?X:object \== ?Y:object is semidet.
%
%   X and Y are not the same.
%
%   Example: `retrieve :- object(A, ship), object(B, ship), A \== B.`

%!  ?X:object = ?Y:object is semidet.
%
%   X and Y are the same; a free variable on one side takes the value of the other.
%
%   Example: `retrieve :- object(A, ship), B = A, large(B).`

%!  ?X:object \= ?Y:object is semidet.
%
%   X and Y are different.
%
%   Example: `retrieve :- object(A, ship), object(B, ship), A \= B.`
