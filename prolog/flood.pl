% Floods and damaged buildings: roads that can be used, buildings that can be reached, and what is in danger.
%
% The classes are those of FloodNet (flooded_building, non_flooded_building, flooded_road, non_flooded_road, water, vehicle)
% and of xBD (undamaged_building, minor_damage_building, major_damage_building, destroyed_building, unclassified_building),
% beside ship, small_vehicle and large_vehicle. What is within reach of a building is at most its own long side away, edge
% to edge: no scale has to be known.

%!  flooded(?A:object) is nondet.
%
%   A is a flooded building or a flooded road.
%
%   Example: `retrieve :- at_least(3, A, flooded(A)).`
flooded(A) :- object(A, flooded_building).
flooded(A) :- object(A, flooded_road).

%!  dry(?A:object) is nondet.
%
%   A is a building or a road of which it is known that it is not flooded.
%
%   Example: `retrieve :- dry(A), flooded(B), adjacent(A, B).`
dry(A) :- object(A, non_flooded_building).
dry(A) :- object(A, non_flooded_road).

%!  passable_road(?R:object) is nondet.
%
%   R is a non-flooded road, and no water covers a fifth of it or more. Water is drawn as a box too and reaches over its
%   shore, hence the fifth.
%
%   Example: `retrieve :- passable_road(R), stranded_vehicle(V), near(V, R).`
passable_road(R) :- object(R, non_flooded_road), \+ under_water(R).

%!  blocked_road(?R:object) is nondet.
%
%   R is a flooded road, or a non-flooded one of which some water covers a fifth or more.
%
%   Example: `retrieve :- blocked_road(R), \+ passable_road(_).`
blocked_road(R) :- object(R, flooded_road).
blocked_road(R) :- object(R, non_flooded_road), under_water(R).

%!  access_road(?R:object, ?B:object) is nondet.
%
%   R is a road, flooded or not, within reach of the building B: the gap is at most the long side of B.
%
%   Example: `retrieve :- access_road(R, B), passable_road(R), damaged(B).`
access_road(R, B) :- any_building(B), any_road(R), reaches(R, B).

%!  isolated_building(?B:object) is nondet.
%
%   B is a building with a road within reach, and every road within reach is flooded. A road is within reach where the gap
%   is at most the long side of B. A building without any road is not called isolated, as nothing is known of its access.
%
%   Example: `retrieve :- at_least(2, B, isolated_building(B)).`
isolated_building(B) :- any_building(B), in_reach(B, flooded_road), \+ in_reach(B, non_flooded_road).

%!  cut_off(?B:object) is nondet.
%
%   B is a building with water or a flooded road within reach, and with no passable road within reach: nobody gets there
%   dry-shod. Within reach is a gap of at most the long side of B. So a building amid water without any road is cut off too.
%
%   Example: `retrieve :- cut_off(B), object(S, ship), near(S, B).`
cut_off(B) :- any_building(B), in_reach(B, water), \+ open_access(B).
cut_off(B) :- any_building(B), in_reach(B, flooded_road), \+ open_access(B).

%!  at_risk(?B:object) is nondet.
%
%   B is a building that is not flooded or not damaged so far, with water, a flooded road or a flooded building within
%   reach: the gap is at most the long side of B.
%
%   Example: `retrieve :- at_least(5, B, at_risk(B)).`
at_risk(B) :- object(B, non_flooded_building), beside_flood(B).
at_risk(B) :- object(B, undamaged_building), beside_flood(B).

%!  boat_among_houses(?S:object) is nondet.
%
%   S is a ship between two buildings: each of them has S within reach, at a gap of at most its long side, and seen from
%   the middle of S their middles are at least 135 degrees apart.
%
%   Example: `retrieve :- boat_among_houses(S).`
boat_among_houses(S) :-
    object(S, ship), any_building(B), reaches(S, B), any_building(C), reaches(S, C), between(S, B, C).

%!  stranded_vehicle(?V:object) is nondet.
%
%   V is a vehicle of which at least half lies in water or on a flooded road.
%
%   Example: `retrieve :- stranded_vehicle(V), \+ passable_road(_).`
stranded_vehicle(V) :- any_vehicle(V), object(W, water), covers_half(W, V).
stranded_vehicle(V) :- any_vehicle(V), object(W, flooded_road), covers_half(W, V).

%!  damaged(?B:object) is nondet.
%
%   B is a building with minor or major damage, or a destroyed one.
%
%   Example: `retrieve :- damaged(B), cut_off(B).`
damaged(B) :- damage_at_least(B, 1).

%!  damage_at_least(?B:object, +Grade:number) is nondet.
%
%   B is a building whose damage is at least of that grade on the Joint Damage Scale of xBD: 0 no damage, 1 minor damage,
%   2 major damage, 3 destroyed. A building without a grade has none.
%
%   Example: `retrieve :- at_least(2, B, damage_at_least(B, 2)).`
damage_at_least(B, Grade) :- Grade =< 0, object(B, undamaged_building).
damage_at_least(B, Grade) :- Grade =< 1, object(B, minor_damage_building).
damage_at_least(B, Grade) :- Grade =< 2, object(B, major_damage_building).
damage_at_least(B, Grade) :- Grade =< 3, object(B, destroyed_building).

%!  any_building(?B:object) is nondet.
%   @internal
%
%   B is a building, whatever is known of its state.
any_building(B) :- object(B, flooded_building).
any_building(B) :- object(B, non_flooded_building).
any_building(B) :- object(B, undamaged_building).
any_building(B) :- object(B, minor_damage_building).
any_building(B) :- object(B, major_damage_building).
any_building(B) :- object(B, destroyed_building).
any_building(B) :- object(B, unclassified_building).

%!  any_road(?R:object) is nondet.
%   @internal
%
%   R is a road, flooded or not.
any_road(R) :- object(R, flooded_road).
any_road(R) :- object(R, non_flooded_road).

%!  any_vehicle(?V:object) is nondet.
%   @internal
%
%   V is a vehicle of any size.
any_vehicle(V) :- object(V, small_vehicle).
any_vehicle(V) :- object(V, large_vehicle).
any_vehicle(V) :- object(V, vehicle).

%!  reaches(+A:object, +B:object) is semidet.
%   @internal
%
%   The gap between A and B is at most the long side of B.
reaches(A, B) :- distinct(A, B), gap(A, B, G), long_side(B, L), G =< L.

%!  in_reach(+B:object, +Class:class) is semidet.
%   @internal
%
%   Some object of the class is within reach of B.
in_reach(B, Class) :- object(A, Class), reaches(A, B).

%!  open_access(+B:object) is semidet.
%   @internal
%
%   Some passable road is within reach of B.
open_access(B) :- passable_road(R), reaches(R, B).

%!  beside_flood(+B:object) is semidet.
%   @internal
%
%   Water or something flooded is within reach of B.
beside_flood(B) :- in_reach(B, water).
beside_flood(B) :- in_reach(B, flooded_road).
beside_flood(B) :- in_reach(B, flooded_building).

%!  under_water(+R:object) is semidet.
%   @internal
%
%   Some water covers at least a fifth of R.
under_water(R) :- object(W, water), distinct(W, R), cover(R, W, S), S >= 0.2.

%!  covers_half(+W:object, +V:object) is semidet.
%   @internal
%
%   At least half of V lies in W.
covers_half(W, V) :- distinct(W, V), cover(V, W, S), S >= 0.5.
