"""Compiling kernels: loops over arrays that run as machine code, outside the interpreter's lock.

numba compiles each kernel once for a machine and keeps it beside the source, or in the user's cache where the package
cannot be written to (`NUMBA_CACHE_DIR` names another place). Floats follow IEEE 754 to the letter: no fast-math, so
that every executor sees the same distances.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a function over arrays: cached, without the interpreter's lock, division by zero as in numpy."""
    return _compiled(function)


def inner(function: Function) -> Function:
    """A kernel that only kernels call: it gets no entrance from Python, which takes long to compile."""
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def once(function: Function) -> Function:
    """An `inner` function with a single caller: it becomes part of it, which halves what has to be optimized."""
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, inline="always")


def _compiled(function: Function, **options: Any) -> Function:
    dispatcher = numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    # numba looks at the function's own file only to see whether what it has kept is still good. Without the cache
    # (NUMBA_DISABLE_JIT) there is nothing to look at.
    kept = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if kept is not None:
        kept._source_stamp = source_stamp(Path(function.__code__.co_filename).parent)
    return cast(Function, dispatcher)


@cache
def source_stamp(folder: Path) -> str:
    """A text that changes with any file of a folder of kernels: they call each other, but no others."""
    digest = hashlib.sha256()
    for path in [Path(__file__), *sorted(folder.glob("*.py"))]:
        state = path.stat()
        digest.update(f"{path.name} {state.st_mtime_ns} {state.st_size}\n".encode())
    return digest.hexdigest()


@contextmanager
def when_compiling(notify: Callable[[], None]) -> Iterator[None]:
    """Call back once if a kernel is compiled within the block, before that begins; what is cached is not compiled."""
    from numba.core import event

    told = False

    class Listener(event.Listener):
        def on_start(self, found: Any) -> None:
            nonlocal told
            if not told and found.data["dispatcher"].py_func.__module__.startswith(__package__):
                told = True
                notify()

        def on_end(self, found: Any) -> None:
            pass

    with event.install_listener("numba:compile", Listener()):
        yield
