"""`rune-pl plan`: how a question is answered, and what each step of it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rune_pl.cli._common import (
    calibration_option,
    compiling_notice,
    console,
    json_line,
    library_option,
    ontology_option,
    progress,
)
from rune_pl.cli._questions import Question, known_options, rule_options
from rune_pl.cli._translators import TranslatorOptions, translator_options

if TYPE_CHECKING:
    from rich.console import Console

    from rune_pl.inference.profiles import PlanProfile, StepProfile
    from rune_pl.retrieval import PlanReport

_EXAMPLES = """\b
Examples:
  rune-pl plan scenes/ "a ship near a harbor but no plane"
  rune-pl plan scenes/ --rule 'retrieve :- object(A, ship), object(B, harbor), near(A, B, 50).' --gsd 0.3
  rune-pl plan scenes/ "at least five ships near a harbor" --image P0003 --reject d7
  rune-pl plan scenes/ --rule-file busy_harbor.pl --json
"""
_MS_WIDTH = 12  # of the column of times, so that tables of different speed look alike


@click.command(epilog=_EXAMPLES)
@click.argument("archive", type=click.Path(path_type=Path))
@rule_options
@click.option("--image", "images", multiple=True, metavar="ID", help="Look at this image only; may be repeated.")
@known_options
@library_option
@ontology_option
@calibration_option
@translator_options
@click.option(
    "--budget",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=0.0, min_open=True),
    help="Seconds per image.",
)
@click.option("--memory", default=4096, show_default=True, type=click.IntRange(min=256), help="Megabytes per image.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object (docs/plan.md).")
def command(
    archive: Path,
    text: str | None,
    rule: str | None,
    rule_file: Path | None,
    images: tuple[str, ...],
    confirm: tuple[str, ...],
    reject: tuple[str, ...],
    gsd: float | None,
    library: tuple[Path, ...],
    ontology: Path | None,
    calibration: Path | None,
    asked: TranslatorOptions,
    budget: float,
    memory: int,
    as_json: bool,
) -> None:
    """Show how a question is answered, and what that takes.

    The question is asked as `rune-pl query` would ask it. Printed are the rule, its plan with the rows and the time of
    each step, how many images were answered in which way, and where the time went. docs/plan.md explains each line.
    """
    from rune_pl.inference import Budget
    from rune_pl.retrieval import open_archive

    question = Question(text, rule, rule_file)
    opened = open_archive(archive, library=library, ontology=ontology, calibration=calibration)
    with compiling_notice(), progress(len(images) or len(opened.images), "images") as advance:
        report = opened.plan(
            text,
            rule=question.program,
            source=question.source,
            translator=None if text is None else asked.make(opened.library, opened.vocabulary),
            images=images or None,
            confirm=confirm,
            reject=reject,
            gsd=gsd,
            budget=Budget(seconds=budget, memory_mb=memory),
            progress=lambda done, total: advance(done),
        )
    if as_json:
        click.echo(json_line(report.to_json()))
    else:
        _print(console(), report)


def _print(out: Console, report: PlanReport) -> None:
    origin = "rule" if report.translator is None else f"rule ({report.translator})"
    lines = [f"{origin}: {report.rule}", f"reading: {report.reading}", *(f"note: {note}" for note in report.notes)]
    if report.engine != "native":
        lines.append(f"engine: problog, because the native engine does not take this rule: {report.profile.refused}")
    for line in lines:
        out.print(line, soft_wrap=True)
    for plan in report.profile.plans:
        out.print()
        if len(report.profile.plans) > 1:
            out.print(f"plan of {plan.images:,} images", soft_wrap=True)
        _table(out, plan)
    if report.profile.plans:
        out.print()
        for line in _totals(report):
            out.print(line, soft_wrap=True)


def _table(out: Console, plan: PlanProfile) -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("step", overflow="fold")
    table.add_column("detections", justify="right", no_wrap=True)
    table.add_column("join", no_wrap=True)
    table.add_column("rows in", justify="right", no_wrap=True)
    table.add_column("rows out", justify="right", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True, min_width=_MS_WIDTH)
    for depth, step in _walk(plan.steps, 0):
        table.add_row(
            "  " * depth + step.text,
            _detections(step),
            step.join or "",
            _number(step.rows_in),
            _number(step.rows_out),
            "" if step.seconds is None else _ms(step.seconds),
        )
    out.print(table)
    if plan.counted:
        out.print("counted class by class, without rows and gates", soft_wrap=True)


def _walk(steps: Sequence[StepProfile], depth: int) -> Iterator[tuple[int, StepProfile]]:
    for step in steps:
        yield depth, step
        yield from _walk(step.steps, depth + 1)


def _detections(step: StepProfile) -> str:
    if step.passing is None:
        return _number(step.detections)
    return f"{_number(step.passing)} of {_number(step.detections)}"


def _totals(report: PlanReport) -> Iterator[str]:
    from rune_pl.retrieval.planned import STAGES

    profile = report.profile
    yield f"facts: {profile.touched:,} of {profile.facts:,} touched; {profile.gates:,} gates"
    ways = ", ".join(f"{count:,} {method}" for method, count in profile.methods.items())
    yield f"images: {profile.images:,}" + (f": {ways}" if ways else "")
    hardest = profile.hardest
    if hardest is not None:
        most = f"{hardest.image}: {hardest.states:,} for {hardest.detections:,} detections in {_ms(hardest.seconds)}"
        yield f"states: {profile.states:,}; most in {most}"
    spent = [(stage, profile.seconds[stage]) for stage in STAGES if stage in profile.seconds]
    parts = ", ".join(f"{stage} {_ms(seconds)}" for stage, seconds in spent)
    yield f"time: {_ms(sum(seconds for _, seconds in spent))}: {parts}"


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:,.2f} ms"
