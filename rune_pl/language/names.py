"""Which predicates a rule may call: the whitelist, and what to say about a name that is not on it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

from rune_pl.errors import ArityError, ForbiddenGoalError, LanguageError, UnknownPredicateError
from rune_pl.language.signatures import Indicator, LibraryLike

_CLOSE_ENOUGH: Final = 65.0

_TABLE: Final = """
    abolish/1,2 aggregate/3,4 aggregate_all/3,4 all/3 all_or_none/3 apply/2 arg/3 assert/1,2 asserta/1,2 assertz/1,2
    at_end_of_stream/0,1 atom/1 atom_chars/2 atom_codes/2 atom_concat/3 atom_length/2 atom_number/2 atom_string/2
    atom_to_term/3 atomic/1 atomic_list_concat/2,3 attach_packs/0-2 attvar/1 b_getval/2 b_setval/2 bagof/3 call/1-9
    call_cleanup/2,3 call_with_depth_limit/3 call_with_time_limit/2 callable/1 catch/3 char_code/2 char_conversion/2
    clause/2,3 close/1,2 compare/3 compound/1 compound_name_arguments/3 concat_atom/2,3 consult/1 copy_term/2-4
    create_prolog_flag/3 current_input/1 current_op/3 current_output/1 current_predicate/1,2 current_prolog_flag/2
    debug/0,1,3 delete/3 delete_directory/1 delete_file/1 directory_files/2 display/1,2 edit/0,1 ensure_loaded/1
    error/1-9 exclude/3 exec/1 exists_directory/1 exists_file/1 expand_term/2,4 findall/3,4 findnsols/4,5 float/1
    flush_output/0,1 foldl/4-7 format/1-3 freeze/2 functor/3,4 garbage_collect/0 get/1,2 get_byte/1,2 get_char/1,2
    get_code/1,2 getenv/2 ground/1 halt/0,1 ignore/1 include/3 integer/1 is_list/1 keysort/2 last/2 length/2
    listing/0-2 load_files/1,2 load_foreign_library/1,2 maplist/2-5 member/2 memberchk/2 module/1,2 msort/2
    must_be/2 nb_getval/2 nb_setval/2 nl/0,1 nocache/2 nonvar/1 nth0/3,4 nth1/3,4 number/1 number_chars/2
    number_codes/2 numbervars/1-4 once/1 op/3 open/3,4 open_shared_object/2,3 partition/4,5 peek_byte/1,2
    peek_char/1,2 peek_code/1,2 phrase/2,3 print/1,2 print_message/2 process_create/3 prolog_load_context/2 prompt/2
    put_byte/1,2 put_char/1,2 put_code/1,2 random/1,3 read/1,2 read_term/2,3 read_term_from_atom/3 reconsult/1
    recorda/2,3 recorded/2,3 recordz/2,3 rename_file/2 repeat/0 retract/1 retractall/1 reverse/2 see/1 seeing/1
    seen/0 select/3,4 set_input/1 set_output/1 set_prolog_flag/2 set_stream/2 setarg/3 setenv/2 setof/3
    setup_call_cleanup/3 shell/0-2 size_file/2 sleep/1 sort/2,4 split_string/4 spy/1 statistics/0-2
    stream_property/2 string/1,4 string_chars/2 string_codes/2 string_concat/3 string_length/2 string_to_atom/2
    style_check/1 sub_atom/5 sub_string/3,5 subquery/2,3,5 subsumes_term/2 succ/2 sum_list/2 sumlist/2 tab/1,2
    tell/1 telling/1 term_string/2,3 term_to_atom/2 term_variables/2,3 thread_create/2,3 throw/1 time_file/2
    tmp_file/2 told/0 trace/0-2 try_call/1-9 ttyflush/0 unify_with_occurs_check/2 unsetenv/1 use_module/1,2 var/1
    wildcard_match/2,3 with_output_to/2,3 working_directory/2 write/1-9 write_canonical/1,2 write_term/2,3
    writef/1,2 writeln/1-9 writenl/1-9 writeq/1,2
"""


def _arities(text: str) -> frozenset[int]:
    """The numbers of `1,3-5`."""
    ranges = (part.partition("-") for part in text.split(","))
    return frozenset(n for low, _, high in ranges for n in range(int(low), int(high or low) + 1))


#: Predicates of ProbLog and SWI-Prolog that a rule may not call or define: it is told so, not offered a similar name.
_BUILT_INS: Final[Mapping[str, frozenset[int]]] = MappingProxyType(
    {name: _arities(arities) for name, _, arities in (entry.partition("/") for entry in _TABLE.split())}
)
_DECLARATIONS: Final = frozenset(
    ["discontiguous", "dynamic", "initialization", "multifile", "table", "use_foreign_module"]
)


class Words(Protocol):
    """What naming asks of a vocabulary."""

    def knows(self, word: str) -> bool: ...


class Names:
    """The predicates that a program may call: the library's public ones and its own."""

    def __init__(self, library: LibraryLike, defined: frozenset[Indicator], words: Words) -> None:
        self._library = {i for i, p in library.predicates.items() if not p.internal}
        self._internal = frozenset(library.predicates) - self._library
        self._defined = defined
        self._words = words

    def error(self, name: str, arity: int) -> LanguageError | None:
        """Why name/arity may not be called, without a place; None where it may."""
        if (name, arity) in self._library or (name, arity) in self._defined or (name, arity) == ("false", 0):
            return None
        arities = sorted({a for n, a in self._library | self._defined if n == name})
        if arities:
            takes = " or ".join(map(str, arities))
            plural = "" if arities == [1] else "s"
            return ArityError(f"{name} takes {takes} argument{plural}, got {arity}", hint=self._usage(name, arity))
        if (name, arity) in self._internal:
            return ForbiddenGoalError(f"{name}/{arity} is internal to the library")
        if name in _BUILT_INS or name in _DECLARATIONS:
            hint = "count with at_least(N, X, Goal)" if name in ("findall", "bagof", "setof", "length") else None
            hint = hint or "a rule may call object/2, library predicates, its own predicates, and compare numbers"
            return ForbiddenGoalError(f"{name}/{arity} may not be called in a rule", hint=hint)
        return UnknownPredicateError(f"unknown predicate {name}/{arity}", hint=self._suggestion(name))

    def head_error(self, name: str, arity: int) -> LanguageError | None:
        """Why a program may not define name/arity, without a place; None where it may."""
        if (name, arity) in self._library or (name, arity) in self._internal:
            message = f"{name}/{arity} is a library predicate and cannot be redefined"
        elif arity in _BUILT_INS.get(name, ()) or (name, arity) == ("false", 0):
            message = f"{name}/{arity} is a predicate of Prolog's own and cannot be defined"
        else:
            return None
        return ForbiddenGoalError(message, hint="choose another name")

    def _usage(self, name: str, arity: int) -> str | None:
        if arity > 3 and name in ("at_least", "at_most", "exactly"):
            return f"put the goals in parentheses of their own: {name}(3, A, (object(A, ship), large(A)))"
        return {
            "object": "as in object(A, ship)",
            "at_least": "as in at_least(3, A, object(A, ship))",
            "at_most": "as in at_most(3, A, object(A, ship))",
            "exactly": "as in exactly(3, A, object(A, ship))",
            "more": "as in more(A, object(A, ship), B, object(B, harbor))",
            "forall": "as in forall(object(A, ship), large(A))",
        }.get(name)

    def _suggestion(self, name: str) -> str:
        from rapidfuzz import fuzz, process

        if self._words.knows(name):
            return (
                f"a class is an argument: object(A, {name})" if len(name) < 40 else "a class is an argument of object/2"
            )
        known = sorted({n for n, _ in self._library | self._defined if n[:1].isalpha()})
        best = process.extractOne(name[:60], known, scorer=fuzz.ratio, score_cutoff=_CLOSE_ENOUGH)
        if best is not None:
            return f"did you mean {best[0]}?"
        return "`rune-pl library` lists the predicates"
