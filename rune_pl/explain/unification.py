"""Terms against terms: binding, likeness, comparison. Numbers are floats throughout."""

from __future__ import annotations

from rune_pl.language.terms import Const, Struct, Substitution, Term, Var, substitute_term


def unify(pattern: Term, value: Term, env: Substitution) -> Substitution | None:
    """`env` with what makes a pattern equal to a value; None where nothing does."""
    pattern = substitute_term(pattern, env)
    if isinstance(pattern, Var):
        return {**env, pattern.name: value}
    if isinstance(value, Var):
        return env
    if isinstance(pattern, Struct) and isinstance(value, Struct):
        if (pattern.functor, len(pattern.args)) != (value.functor, len(value.args)):
            return None
        bound: Substitution | None = env
        for inner, part in zip(pattern.args, value.args, strict=True):
            bound = None if bound is None else unify(inner, part, bound)
        return bound
    return env if same(pattern, value) else None


def same(left: Term, right: Term) -> bool:
    """Whether two terms are alike; numbers are floats throughout."""
    if is_number(left) and is_number(right):
        assert isinstance(left, Const) and isinstance(right, Const)
        return float(left.value) == float(right.value)
    return left == right


def compare(op: str, left: float, right: float) -> bool:
    """Whether an arithmetic comparison holds."""
    if op in ("=:=", "=\\="):
        return (left == right) == (op == "=:=")
    return {"<": left < right, ">": left > right, "=<": left <= right, ">=": left >= right}[op]


def is_ground(term: Term) -> bool:
    if isinstance(term, Struct):
        return all(map(is_ground, term.args))
    return not isinstance(term, Var)


def is_number(term: Term) -> bool:
    return isinstance(term, Const) and term.is_number
