"""SWI-Prolog in this process, through pyswip: the one place that knows either.

Calls go through the C interface that pyswip declares, and not through its conversions: with those, an exception in a
foreign predicate fails silently, unifying a bound output raises within the callback, a double quote ends a string and
large integers break. Here text goes in and out as UTF-8 of a known length, outputs are unified by Prolog, and an
exception of Python's becomes one of Prolog's.

There is one Prolog in a process, and it belongs to the thread that made it.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, byref, c_char_p, c_double, c_int, c_size_t, c_uint, c_void_p
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from rune_pl.errors import EngineError, MissingExtraError, RuneError, UsageError

_CATCH_EXCEPTION = 0x08
# Flags of SWI-Prolog.h: texts and numbers, any other term too, UTF-8.
_ATOMIC = 0x01 | 0x02 | 0x08 | 0x10 | 0x20
_WRITTEN = _ATOMIC | 0x40 | 0x80
_UTF8 = 0x0010_0000
_HINT = "Debian: apt-get install swi-prolog-nox; then pip install 'rune-pl[repl]'"

TextFunction = Callable[..., str]
NumberFunction = Callable[..., Sequence[float] | None]


class Bridge:
    """The Prolog of this process; the first one made is the only one.

    Raises:
        MissingExtraError: pyswip or SWI-Prolog is not installed.
    """

    _owner: threading.Thread | None = None

    def __init__(self) -> None:
        if Bridge._owner is not None:
            raise UsageError("there is a Prolog in this process already")
        self._lib = _library()
        self._kept: list[Any] = []  # callbacks, which C does not own
        Bridge._owner = threading.current_thread()

    # Predicates
    def define_text(self, name: str, inputs: int, function: TextFunction) -> None:
        """Define `rune:name/(inputs + 1)`: takes texts, gives the text of a term, the last argument."""

        def call(*terms: int) -> int:
            try:
                with _interruptible():
                    found = function(*(self._text(term) for term in terms[:-1]))
                return int(self._lib.PL_unify(terms[-1], self._read(found)))
            except BaseException as error:  # noqa: BLE001 - whatever it is, Prolog has to hear of it
                return self._raise(error)

        self._define(name, inputs + 1, call)

    def define_numbers(self, name: str, inputs: int, outputs: int, function: NumberFunction) -> None:
        """Define `rune:name/(inputs + outputs)`: takes texts, gives numbers; fails where the function gives None."""

        def call(*terms: int) -> int:
            try:
                values = function(*(self._text(term) for term in terms[:inputs]))
            except BaseException as error:  # noqa: BLE001 - as above
                return self._raise(error)
            if values is None:
                return 0
            pairs = zip(terms[inputs:], values, strict=True)
            return int(all(self._lib.PL_unify_float(term, value) for term, value in pairs))

        self._define(name, inputs + outputs, call)

    def _define(self, name: str, arity: int, call: Callable[..., int]) -> None:
        callback = CFUNCTYPE(c_size_t, *([c_size_t] * arity))(call)
        self._kept.append(callback)
        pointer = ctypes.cast(callback, c_void_p)
        self._lib.PL_register_foreign_in_module(b"rune", name.encode(), arity, pointer, 0)

    # Terms
    def _text(self, term: int, flags: int = _ATOMIC) -> str:
        length, chars = c_size_t(), c_void_p()
        if not self._lib.PL_get_nchars(term, byref(length), byref(chars), flags | _UTF8):
            raise UsageError("an argument is not bound, or is no text")
        # Prolog's own buffer, which is good until it is asked for the next text.
        return ctypes.string_at(chars.value or 0, length.value).decode("utf-8", "replace")

    def _read(self, text: str) -> int:
        term: int = self._lib.PL_new_term_ref()
        data = text.encode("utf-8")
        if not self._lib.PL_put_term_from_chars(term, _UTF8, len(data), data):
            raise EngineError(f"not a term: {text[:100]}")
        return term

    def _raise(self, error: BaseException) -> int:
        if isinstance(error, KeyboardInterrupt):
            term = self._read("'$aborted'")
        else:
            said = str(error) if isinstance(error, RuneError) else f"{type(error).__name__}: {error}"
            term = self._read(f"error(rune({quoted(said)}), _)")
        return int(self._lib.PL_raise_exception(term))

    # Running
    def run(self, goal: str) -> bool:
        """Run a goal once, given as text.

        Raises:
            EngineError: it raised, with the message.
        """
        frame = self._lib.PL_open_foreign_frame()
        try:
            term = self._read(goal)
            predicate = self._lib.PL_predicate(b"call", 1, b"user")
            query = self._lib.PL_open_query(None, _CATCH_EXCEPTION, predicate, term)
            try:
                found = bool(self._lib.PL_next_solution(query))
                raised = self._lib.PL_exception(query)
                if raised:
                    raise EngineError(self._text(raised, _WRITTEN))
            finally:
                self._lib.PL_close_query(query)
            return found
        finally:
            self._lib.PL_discard_foreign_frame(frame)


def quoted(text: str) -> str:
    """Text as a Prolog atom, whatever is in it."""
    escapes = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\x0\\"}
    return "'" + "".join(escapes.get(character, character) for character in text) + "'"


@contextmanager
def _interruptible() -> Iterator[None]:
    """Within it Ctrl-C interrupts Python; outside of it, Prolog's toplevel asks what to do."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    libc = ctypes.CDLL(None)
    saved = ctypes.create_string_buffer(512)  # a struct sigaction is smaller
    libc.sigaction(int(signal.SIGINT), None, saved)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        libc.sigaction(int(signal.SIGINT), saved, None)


def _library() -> Any:
    """libswipl, initialised by pyswip, with the prototypes of what is used here."""
    if find_spec("pyswip") is None:
        raise MissingExtraError("pyswip is not installed", hint=_HINT)
    try:
        from pyswip import core
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it looks for libswipl, and says in many ways that there is none
        raise MissingExtraError(
            f"SWI-Prolog is not installed, or does not start ({type(error).__name__})", hint=_HINT
        ) from None
    lib = ctypes.CDLL(core._lib._name)  # a handle of our own: prototypes belong to the handle
    for name, (result, *arguments) in _PROTOTYPES.items():
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


_PROTOTYPES: Mapping[str, Sequence[Any]] = MappingProxyType(
    {
        "PL_new_term_ref": (c_size_t,),
        "PL_get_nchars": (c_int, c_size_t, POINTER(c_size_t), POINTER(c_void_p), c_uint),
        "PL_put_term_from_chars": (c_int, c_size_t, c_int, c_size_t, c_char_p),
        "PL_unify": (c_int, c_size_t, c_size_t),
        "PL_unify_float": (c_int, c_size_t, c_double),
        "PL_raise_exception": (c_int, c_size_t),
        "PL_register_foreign_in_module": (c_int, c_char_p, c_char_p, c_int, c_void_p, c_int),
        "PL_open_foreign_frame": (c_size_t,),
        "PL_discard_foreign_frame": (None, c_size_t),
        "PL_predicate": (c_void_p, c_char_p, c_int, c_char_p),
        "PL_open_query": (c_size_t, c_void_p, c_int, c_void_p, c_size_t),
        "PL_next_solution": (c_int, c_size_t),
        "PL_close_query": (c_int, c_size_t),
        "PL_exception": (c_size_t, c_size_t),
    }
)
