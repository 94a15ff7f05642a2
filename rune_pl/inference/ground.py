"""Grounding: a plan over the columns of all images at once, into lineage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from rune_pl.geometry import Boxes
from rune_pl.inference.clock import Clock
from rune_pl.inference.columns import ColumnSolver, NotColumnarError, Table, as_array
from rune_pl.inference.facts import Facts
from rune_pl.inference.joins import pair_up
from rune_pl.inference.kernels.circuit import NO_LIMIT
from rune_pl.inference.lineage import FALSE, TRUE, Lineage, negate
from rune_pl.inference.plan import Absent, Block, Compared, Counted, Each, Either, Exists, Plan, Scan, Step, Test
from rune_pl.inference.query import Query
from rune_pl.inference.rows import JoinSizeError, Rows, cross, different, row_limit

IntArray = NDArray[np.int64]


@dataclass
class StepCost:
    """What one step of a plan came to.

    Attributes:
        rows_in, rows_out: the rows that went in and out.
        seconds: the time it took, inner steps included.
        index: of a scan, the variable around whose detections a spatial index found the others; None where none did.
    """

    rows_in: int = 0
    rows_out: int = 0
    seconds: float = 0.0
    index: str | None = None

    def add(self, other: StepCost) -> None:
        """The same step over other images too."""
        self.rows_in += other.rows_in
        self.rows_out += other.rows_out
        self.seconds += other.seconds
        self.index = self.index or other.index


@dataclass
class Grounder:
    """Evaluates plans over some images.

    Attributes:
        facts: of these images, sorted by detection.
        detections: (M + 1,) the first row of boxes of each image, and the end.
        clock: how long images may take; without one, what does not fit in memory at once is an error.
        costs: of every step run so far, by its identity.
    """

    query: Query
    facts: Facts
    classes: tuple[str, ...]
    boxes: Boxes
    detections: IntArray
    numbers: NDArray[np.int32]  # of each detection in its image
    keep_certain: bool = False  # as facts like others, where one asks what would be without them
    clock: Clock | None = None
    lineage: Lineage = field(init=False)
    costs: dict[int, StepCost] = field(default_factory=lambda: defaultdict(StepCost))

    def __post_init__(self) -> None:
        self.lineage = Lineage(len(self.facts))
        self.solver = ColumnSolver(self.query.relations, self.boxes, self.classes)
        certain = (self.facts.probability >= 1.0) & (not self.keep_certain)
        self._literal = np.where(certain, TRUE, 2 * np.arange(len(self.facts)))
        self._key = self.facts.row * len(self.classes) + self.facts.label
        self._of_class: dict[str, IntArray] = {}
        self._limit = row_limit(in_parts=self.clock is not None)
        self._root: Block | None = None
        self._sign = 1  # whether more rows make the query more likely (1), less likely (-1), or either (0)

    def ground(self, plan: Plan, images: IntArray) -> IntArray:
        """For each of the images (ascending), the literal for "the query holds".

        Raises:
            NotColumnarError: a goal needs more than passes over columns.
            JoinSizeError: there are more candidate bindings than fit in memory.
        """
        columns = {name: self._named(int(name[1:]), k, images) for k, name in enumerate(plan.named)}
        self._root = plan.root
        return self._exists(plan.root, Table(columns, images))

    def _named(self, number: int, position: int, images: IntArray) -> IntArray:
        """The row of a detection in each image; where there is none, a number of its own that no row has."""
        rows = -1 - (position * len(self.detections) + images)
        for at, image in enumerate(images.tolist()):
            first, last = self.detections[image], self.detections[image + 1]
            found = np.flatnonzero(self.numbers[first:last] == number)
            if len(found):
                rows[at] = first + found[0]
        return rows

    # --- blocks

    def _block(self, block: Block, table: Table, *, exists: bool = False, whole: bool = False) -> Rows:
        """The rows of a block.

        Args:
            exists: whether one row for each of the table is enough where it holds for certain.
            whole: whether a join that is too large is left to the block outside, which has as many rows to take apart.
        """
        return self._run(block.steps, Rows.of(table), exists, whole)

    def _run(self, steps: Sequence[Step], rows: Rows, exists: bool, whole: bool) -> Rows:
        for position, step in enumerate(steps):
            if not len(rows):
                break  # and columns that the rest would bind are nobody's any more
            start, before = perf_counter(), len(rows)
            try:
                rows = self._step(step, rows, steps[position + 1 :])
            except JoinSizeError:
                if self.clock is None or len(rows) == 1 or whole:
                    raise
                return self._in_halves(steps[position:], rows, self.clock, exists)
            cost = self.costs[id(step)]
            cost.rows_in += before
            cost.rows_out += len(rows)
            cost.seconds += perf_counter() - start
        return rows

    def _in_halves(self, steps: Sequence[Step], rows: Rows, clock: Clock, exists: bool) -> Rows:
        """The same steps for one half of the rows after the other: those of images that have time left, and of which
        it is not certain yet that the block holds."""
        found: list[Rows] = []
        for half in np.array_split(np.arange(len(rows)), 2):
            if exists and found:
                settled = found[0].parent[found[0].conditions[0] == TRUE]
                half = half[~np.isin(rows.parent[half], settled)]
            part = rows.take(half[clock.in_time(rows.table.image[half], self._sign)])
            with clock.charge(part.table.image):
                done = self._run(steps, part, exists, whole=False)
                found.append(done.where_all(self.lineage.all_of(list(done.conditions), len(done), local=done.local)))
        return Rows.joined(found)

    def _step(self, step: Step, rows: Rows, rest: Sequence[Step]) -> Rows:
        if isinstance(step, Test):
            kept, table = self.solver.solve(step.goal, rows.table)
            return rows.replace(kept, table)
        if isinstance(step, Scan):
            return self._scan(step, rows, rest)
        if isinstance(step, Each):
            left, right = cross(rows.table.image, np.arange(self.detections[-1]), self.boxes.image, self._limit)
            return self._joined(rows, step.variable, left, right)
        if isinstance(step, Either):
            return self._either(step, rows)
        holds = self._holds(step, rows.table)
        keep = np.flatnonzero(holds != FALSE)
        if len(keep) < len(rows):
            rows, holds = rows.take(keep), holds[keep]
        return rows if (holds == TRUE).all() else rows.where(holds)

    def _holds(self, step: Step, table: Table) -> IntArray:
        """(n,) the literal of a step that binds nothing, for each row."""
        if isinstance(step, Exists):
            return self._exists(step.block, table)
        if isinstance(step, Absent):
            with self._signed(-1):
                return negate(self._exists(step.block, table))
        if isinstance(step, Counted):
            first, inverse = different(table, step.block.uses)
            inner = _only(table.take(first), step.block)
            with self._signed(1 if step.high >= NO_LIMIT else -1 if step.low <= 0 else 0):
                parent, literals = self._members(step.block, step.variable, inner)
            local = Rows.of(inner).local
            return self.lineage.count(parent, literals, len(first), step.low, step.high, local=local)[inverse]
        assert isinstance(step, Compared)
        first, inverse = different(table, step.block.uses | step.other.uses)
        inner = table.take(first)
        parent, literals = self._members(step.block, step.variable, _only(inner, step.block))
        with self._signed(-1):
            other_parent, other = self._members(step.other, step.other_variable, _only(inner, step.other))
        both = np.concatenate([parent, other_parent])
        order = np.argsort(both, kind="stable")
        weight = np.repeat([1, -1], [len(parent), len(other_parent)])[order]
        literals = np.concatenate([literals, other])[order]
        local = bool(step.block.uses | step.other.uses) and Rows.of(inner).local
        return self.lineage.count(both[order], literals, len(first), 1, NO_LIMIT, local=local, weight=weight)[inverse]

    @contextmanager
    def _signed(self, sign: int) -> Iterator[None]:
        """What is done within counts for the query, against it (-1), or either way (0)."""
        before = self._sign
        self._sign *= sign
        try:
            yield
        finally:
            self._sign = before

    def _exists(self, block: Block, table: Table) -> IntArray:
        """(n,) for each row the literal for "the block holds", worked out once for rows that it cannot tell apart."""
        first, inverse = different(table, block.uses)
        inner = _only(table.take(first), block)
        rows = self._block(block, inner, exists=True, whole=1 < len(first) == len(table) and block is not self._root)
        literals = self.lineage.all_of(list(rows.conditions), len(rows), local=rows.local)
        return self.lineage.any_of(rows.parent, literals, len(first), local=Rows.of(inner).local)[inverse]

    def _members(self, block: Block, variable: str, table: Table) -> tuple[IntArray, IntArray]:
        """For each different value of the variable with which the block holds: the row it is for, and the literal."""
        rows = self._block(block, table)
        literals = self.lineage.all_of(list(rows.conditions), len(rows), local=rows.local)
        column = rows.table.columns.get(variable)
        value = column if isinstance(column, np.ndarray) else np.zeros(len(rows))
        order = np.lexsort((value, rows.parent))
        parent, value, literals = rows.parent[order], value[order], literals[order]
        new = np.r_[True, (np.diff(parent) != 0) | (np.diff(value) != 0)] if len(order) else np.empty(0, dtype=np.bool_)
        member = np.cumsum(new) - 1
        holds = self.lineage.any_of(member, literals, int(new.sum()), local=rows.local)
        return parent[new], holds

    # --- steps that bind

    def _scan(self, step: Scan, rows: Rows, rest: Sequence[Step]) -> Rows:
        subject = rows.table.columns.get(step.variable)
        label = None if step.is_class else rows.table.columns.get(step.label)
        if subject is not None:
            return self._look_up(step, rows, subject, label)
        if not step.is_class and label is not None:
            by_class = np.lexsort((self.facts.label, self.facts.image))
            key = self.facts.image * len(self.classes) + self.facts.label
            wanted = rows.table.image * len(self.classes) + np.asarray(label, dtype=np.int64)
            left, fact = cross(wanted, by_class, key[by_class], self._limit)
        else:
            candidates = self._candidates(step.label) if step.is_class else np.arange(len(self.facts))
            tests = [other.goal for other in rest if isinstance(other, Test)]
            left, fact, anchor = pair_up(
                step.variable, candidates, rows.table, tests, self.facts, self.solver, self._limit
            )
            self.costs[id(step)].index = anchor
        joined = self._joined(rows, step.variable, left, self.facts.row[fact])
        if not step.is_class and label is None:
            joined = joined.replace(
                np.arange(len(joined)), joined.table.bind({step.label: self.facts.label[fact].astype(np.int16)})
            )
        return joined.where(self._literal[fact])

    def _look_up(self, step: Scan, rows: Rows, subject: object, label: object) -> Rows:
        """The facts of detections that are known already."""
        row = np.asarray(subject, dtype=np.int64)
        if not step.is_class and label is None:
            left, fact = cross(row, np.arange(len(self.facts)), self.facts.row, self._limit)
            found = rows.take(left)
            table = found.table.bind({step.label: self.facts.label[fact].astype(np.int16)})
            return found.replace(np.arange(len(found)), table).where(self._literal[fact])
        if step.is_class:
            if step.label not in self.classes:
                return rows.take(np.empty(0, dtype=np.int64))
            code: IntArray = np.full(len(rows), self.classes.index(step.label), dtype=np.int64)
        else:
            code = np.asarray(label, dtype=np.int64)
        key = row * len(self.classes) + code
        at = np.searchsorted(self._key, key)
        known = at < len(self._key)
        known[known] = self._key[at[known]] == key[known]
        keep = np.flatnonzero(known & (row >= 0))
        return rows.take(keep).where(self._literal[at[keep]])

    def _candidates(self, label: str) -> IntArray:
        if label not in self._of_class:
            code = self.classes.index(label) if label in self.classes else -1
            self._of_class[label] = np.flatnonzero(self.facts.label == code)
        return self._of_class[label]

    def _joined(self, rows: Rows, variable: str, left: IntArray, right: IntArray) -> Rows:
        found = rows.take(left)
        return found.replace(np.arange(len(found)), found.table.bind({variable: right}))

    def _either(self, step: Either, rows: Rows) -> Rows:
        parents, literals, tables = [], [], []
        for block in step.blocks:
            found = self._block(block, rows.table)
            parents.append(found.parent)
            literals.append(self.lineage.all_of(list(found.conditions), len(found), local=found.local))
            tables.append(found.table)
        if not parents:
            return rows.take(np.empty(0, dtype=np.int64))
        parent = np.concatenate(parents)
        order = np.argsort(parent, kind="stable")
        literal = np.concatenate(literals)[order]
        outputs = step.blocks[0].outputs
        if not outputs:
            holds = self.lineage.any_of(parent[order], literal, len(rows), local=rows.local)
            keep = np.flatnonzero(holds != FALSE)
            return rows.take(keep).where(holds[keep])
        found = rows.take(parent[order])
        columns = {name: _stacked([t.columns.get(name) for t in tables], tables)[order] for name in sorted(outputs)}
        return found.replace(np.arange(len(found)), found.table.bind(columns)).where(literal)


def _only(table: Table, block: Block) -> Table:
    """Without the columns that a block does not use."""
    return Table({name: column for name, column in table.columns.items() if name in block.uses}, table.image)


def _stacked(columns: Sequence[object], tables: Sequence[Table]) -> NDArray[np.float64]:
    """One column from those of several tables."""
    parts = [as_array(c, len(t)) for c, t in zip(columns, tables, strict=True) if len(t)]  # type: ignore[arg-type]
    if len({part.dtype for part in parts}) > 1:
        raise NotColumnarError("a variable that is a number here and an object there")
    whole: NDArray[np.float64] = np.concatenate(parts) if parts else np.empty(0)
    return whole
