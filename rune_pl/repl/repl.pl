% What a user of `rune-pl repl` can ask. Predicates that begin with $ are Python's (rune_pl/repl/toplevel.py).
%
% Facts are about one scene at a time: the one that use_scene/1 chose, or, where several are in use, the one that scene/1
% or the first goal about objects takes, and then the next on backtracking. A query remembers it in a backtrackable global
% variable, so that all goals of a query are about the same scene.

:- module(rune, []).
:- use_module(library(lists)).
:- use_module(library(modules), [in_temporary_module/3]).
:- use_module(library(sandbox)).

:- redefine_system_predicate(between(_, _, _)).
:- dynamic scene_name/2, scene_in_use/1, scene_detection/2, scene_fact/4.
:- meta_predicate at_least(+, ?, 0), at_most(+, ?, 0), exactly(+, ?, 0), more(?, 0, ?, 0).
:- meta_predicate prob(0, -), prob_each(0, -), prove(0, -), show_proof(0), export_proof(0, +), why(0).

% A rule with a probability is Prolog without it: it can hold, as a detection can be there.
:- op(1050, xfx, user:(::)).
:- multifile user:term_expansion/2.
:- dynamic user:term_expansion/2.
user:term_expansion((P :: Head :- Body), (Head :- Body)) :- number(P).
user:term_expansion(P :: Head, Head) :- number(P).

% --- scenes

%!  scene(?Image) is nondet.
%
%   The scene that the rest of the query is about.
scene(Image) :-
    nonvar(Image),
    \+ chosen_scene(_),
    !,
    scene_name(Number, Image),
    scene_in_use(Number),
    b_setval(rune_scene, Number).
scene(Image) :- this_scene(Number), scene_name(Number, Image).

chosen_scene(Number) :- nb_current(rune_scene, Number), Number \== [].

this_scene(Number) :-
    (   chosen_scene(Chosen)
    ->  Number = Chosen
    ;   scene_in_use(Number),
        b_setval(rune_scene, Number)
    ).

%!  use_scene(+Image) is det.
%
%   Ask about this scene only; `all` for every one that is loaded.
use_scene(Image) :-
    Image == all,
    !,
    retractall(scene_in_use(_)),
    forall(scene_name(Number, _), assertz(scene_in_use(Number))),
    b_setval(rune_scene, []).
use_scene(Image) :-
    (   atom(Image),
        scene_name(Number, Image)
    ->  retractall(scene_in_use(_)),
        assertz(scene_in_use(Number)),
        b_setval(rune_scene, [])
    ;   atom(Image)
    ->  format(atom(Message), "no scene ~q is loaded (scene(S) lists them)", [Image]),
        throw(error(rune(Message), _))
    ;   throw(error(instantiation_error, _))
    ).

load_scene(scene(Number, Image, Detections, Facts)) :-
    assertz(scene_name(Number, Image)),
    assertz(scene_in_use(Number)),
    forall(member(D, Detections), assertz(scene_detection(Number, D))),
    set_facts(Number, Facts).

set_facts(Number, Facts) :-
    retractall(scene_fact(Number, _, _, _)),
    forall(member(fact(D, C, P), Facts), assertz(scene_fact(Number, D, C, P))).

%!  scene_object(?Image, ?D, ?Class, ?P) is nondet.
%
%   The facts of all scenes that are loaded, evidence included: a view that is not about the scene of the query.
scene_object(Image, D, Class, P) :- scene_name(N, Image), scene_fact(N, D, Class, P).

% --- the words of rules that the engine provides elsewhere

object(A, Class) :- this_scene(N), scene_fact(N, A, Class, _).

detection(A) :- this_scene(N), scene_detection(N, A).

at_least(N, T, G) :- how_many(T, G, Count), Count >= N.
at_most(N, T, G) :- how_many(T, G, Count), Count =< N.
exactly(N, T, G) :- how_many(T, G, N).
more(T, G, U, H) :- how_many(T, G, M), how_many(U, H, N), M > N.

how_many(Template, Goal, Count) :-
    this_scene(_),
    findall(Template, Goal, All),
    sort(All, Different),
    length(Different, Count).

% --- probabilities

%!  prob(:Goal, -P) is nondet.
%
%   The exact probability that the goal has a solution.
prob(Goal, P) :- this_scene(N), goal_text(Goal, Text, _, _), '$prob'(N, Text, P).

%!  prob_each(:Goal, -P) is nondet.
%
%   Each solution of the goal with its probability, the likeliest first.
prob_each(Goal, P) :-
    this_scene(N),
    goal_text(Goal, Text, Variables, Names),
    atomic_list_concat(Names, ' ', Joined),
    '$prob_each'(N, Joined, Text, Rows),
    member(row(Variables, P), Rows).

%!  retrieve(+Text, -Image, -P) is nondet.
%
%   The scenes in use, the best first, for a question in English. Prints the rule that it became.
retrieve(Text, Image, P) :-
    '$translate'(Text, rule(Rule, Translator, Reading, Notes)),
    safe(Rule),
    format("% rule (~w): ~w~n% reading: ~w~n", [Translator, Rule, Reading]),
    forall(member(Note, Notes), format("% note: ~w~n", [Note])),
    hits(Rule, Image, P).

%!  retrieve_rule(+Rule, -Image, -P) is nondet.
%
%   The same for a rule `(retrieve :- Body)`, a list of clauses, or a program as text.
retrieve_rule(Rule, Image, P) :- program_text(Rule, Text), hits(Text, Image, P).

hits(Text, Image, P) :-
    numbers_in_use(Numbers),
    '$retrieve'(Numbers, Text, Hits),
    member(hit(Image, P), Hits).

numbers_in_use(Joined) :-
    (   chosen_scene(Chosen)
    ->  Numbers = [Chosen]
    ;   findall(N, scene_in_use(N), Numbers)
    ),
    atomic_list_concat(Numbers, ' ', Joined).

% A rule that a model wrote is data until it is known to call nothing but the rule library: the language check has said so,
% and the sandbox says it once more.
safe(Text) :-
    setup_call_cleanup(open_string(Text, Stream), clauses(Stream, Clauses), close(Stream)),
    in_temporary_module(
        Module,
        ( add_import_module(Module, rune, start), forall(member(Clause, Clauses), assertz(Module:Clause)) ),
        sandbox:safe_goal(Module:retrieve)).

clauses(Stream, Clauses) :-
    read_term(Stream, Clause, [module(rune)]),
    (   Clause == end_of_file
    ->  Clauses = []
    ;   Clauses = [Clause|Rest],
        clauses(Stream, Rest)
    ).

:- multifile sandbox:safe_primitive/1, sandbox:safe_meta/2, sandbox:safe_global_variable/1.
sandbox:safe_primitive(rune:this_scene(_)).
sandbox:safe_primitive(rune:detection(_)).
sandbox:safe_primitive(rune:object(_, _)).
sandbox:safe_meta(rune:how_many(_, G, _), [G]).

% --- evidence

%!  confirm(+Detection) is det.
confirm(Detection) :- observed(Detection, true).

%!  reject(+Detection) is det.
reject(Detection) :- observed(Detection, false).

observed(Detection, Holds) :-
    one_scene(N),
    detection_text(Detection, Text),
    '$observe'(N, Holds, Text, Facts),
    set_facts(N, Facts).

detection_text(D = Class, Text) :- !, format(atom(Text), "~w=~w", [D, Class]).
detection_text(D, D).

one_scene(N) :-
    findall(M, scene_in_use(M), All),
    (   chosen_scene(Chosen)
    ->  N = Chosen
    ;   All = [N]
    ->  true
    ;   throw(error(rune('several scenes are in use (choose one: use_scene(Image), or scene(Image) before it)'), _))
    ).

%!  evidence(-List) is det.
evidence(List) :- '$evidence'(List).

%!  clear_evidence is det.
clear_evidence :-
    '$clear_evidence'(Scenes),
    forall(member(scene(N, Facts), Scenes), set_facts(N, Facts)).

% --- proofs

%!  prove(:Goal, -Tree) is nondet.
%
%   The most probable proofs, the best first, as tree(Text, Detail, Children); none where the goal cannot hold.
prove(Goal, Tree) :- this_scene(N), goal_text(Goal, Text, _, _), '$prove'(N, Text, Trees), member(Tree, Trees).

%!  show_proof(:Goal) is nondet.
%
%   The proofs of a goal, what it hangs on, and what would turn it.
show_proof(Goal) :- this_scene(N), goal_text(Goal, Text, _, _), '$show_proof'(N, Text, Shown), write(Shown).

%!  export_proof(:Goal, +File) is nondet.
export_proof(Goal, File) :- this_scene(N), goal_text(Goal, Text, _, _), '$export_proof'(N, Text, File, true).

%!  print_proof(+Tree) is det.
print_proof(Tree) :- print_tree(Tree, '', '').

print_tree(tree(Text, Detail, Children), First, Rest) :-
    (   Detail == ''
    ->  format("~w~w~n", [First, Text])
    ;   format("~w~w  [~w]~n", [First, Text, Detail])
    ),
    print_children(Children, Rest).

print_children([], _).
print_children([Child|More], Rest) :-
    (   More == []
    ->  Branch = '└─ ', Below = '   '
    ;   Branch = '├─ ', Below = '│  '
    ),
    atom_concat(Rest, Branch, First),
    atom_concat(Rest, Below, Next),
    print_tree(Child, First, Next),
    print_children(More, Rest).

%!  distance(+A, +B, -Pixels) is semidet.
%
%   The gap between two detections.
distance(A, B, Pixels) :- gap(A, B, Pixels).

%!  why(:Goal) is det.
%
%   The numbers behind a relation, or what it fails by.
why(Goal) :-
    this_scene(N),
    goal_text(Goal, Text, _, _),
    '$why'(N, Text, Answer),
    (   Answer = holds(Trees)
    ->  forall(member(Tree, Trees), print_proof(Tree))
    ;   Answer = fails(Where, Comparison)
    ->  format("~w fails: ~w is false~n", [Where, Comparison])
    ;   format("it fails~n")
    ).

% --- text

goal_text(Goal, Text, Variables, Names) :-
    strip_module(Goal, _, Plain),
    term_variables(Plain, Variables),
    copy_term(Plain-Variables, Copy-Fresh),
    names(Fresh, 0, Names),
    write_to(Copy, Text).

names([], _, []).
names(['$VAR'(Name)|Rest], K, [Name|Names]) :-
    format(atom(Name), "V~d", [K]),
    Next is K + 1,
    names(Rest, Next, Names).

program_text(Clauses, Text) :- is_list(Clauses), !, maplist(clause_text, Clauses, Texts), atomic_list_concat(Texts, ' ', Text).
program_text(Text, Text) :- ( string(Text) ; atom(Text) ), !.
program_text(Clause, Text) :- clause_text(Clause, Text).

clause_text(Clause, Text) :-
    strip_module(Clause, _, Plain),
    goal_text(Plain, Written, _, _),
    atom_concat(Written, '.', Text).

write_to(Term, Text) :-
    with_output_to(atom(Text), write_term(Term, [quoted(true), numbervars(true), spacing(next_argument), portray(false)])).

% --- messages

:- multifile prolog:error_message//1.
prolog:error_message(rune(Message)) --> ['~w'-[Message]].
