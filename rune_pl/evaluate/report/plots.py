"""The plots of a report, with matplotlib (the extra `plot`), each as PNG and SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rune_pl.errors import MissingExtraError
from rune_pl.evaluate.bootstrap import Estimate, mean_over
from rune_pl.evaluate.evaluation import Evaluation
from rune_pl.evaluate.measures import ABOVE_CHANCE
from rune_pl.evaluate.metrics import BINS, bin_of, precision_recall

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "complexity": "Average precision above chance, by complexity of the query",
        "uncertainty": "Average precision above chance, by uncertainty of the image (quarters)",
        "precision-recall": "Precision and recall, mean over the queries",
        "reliability": "Reliability of the probabilities of all queries",
    }
)
_SHOWN = (
    "exact", "max-product", "Lukasiewicz", "class presence", "threshold 0.3", "threshold 0.5 by matches",
    "score threshold 0.3", "clip",
)  # fmt: skip
_MARKERS = "osD^vP*X"
_RECALLS = np.linspace(0.0, 1.0, 101)
# No date and no random ids in the files: the same results give the same bytes.
_SETTINGS = MappingProxyType(
    {"svg.hashsalt": "rune-pl", "figure.figsize": (6.4, 4.2), "axes.grid": True, "grid.alpha": 0.3}
)


def write_plots(found: Evaluation, folder: Path) -> Iterator[str]:
    """Write NAME.png and NAME.svg for every name of `TITLES`; gives the names.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OSError: the folder cannot be written.
    """
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise MissingExtraError("matplotlib is not installed", hint="pip install 'rune-pl[plot]'") from None
    with matplotlib.rc_context(dict(_SETTINGS)):
        for name, title in TITLES.items():
            figure = Figure(layout="constrained")
            FigureCanvasAgg(figure)
            axes = figure.add_subplot()
            _DRAW[name](found, axes)
            axes.set_title(title, fontsize=10)
            if axes.get_legend_handles_labels()[0]:
                axes.legend(fontsize=8)
            _save(figure, folder / name)
            yield name


def shown(found: Evaluation) -> list[str]:
    """The methods that are drawn: all of them together would be no picture."""
    return [name for name in found.methods if name in _SHOWN] or list(found.methods)[:8]


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path.with_suffix(".png"), dpi=150, metadata={"Software": None})
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None})


def _complexity(found: Evaluation, axes: Axes) -> None:
    for at, name in enumerate(shown(found)):
        one = found.rrqc(name, ABOVE_CHANCE)
        _levels(axes, at, name, one.levels, one.metric)
    axes.set(xlabel="level of complexity", ylabel=ABOVE_CHANCE, ylim=(0, 1.02))
    axes.set_xticks(sorted({asked.complexity.level for asked in found.asked}))


def _uncertainty(found: Evaluation, axes: Axes) -> None:
    levels: Sequence[int] = ()
    for at, name in enumerate(shown(found)):
        one = found.rriu(name, ABOVE_CHANCE)
        levels = one.levels
        _levels(axes, at, name, levels, one.metric)
    axes.set(xlabel="quarter of the images, the least uncertain first", ylabel=ABOVE_CHANCE, ylim=(0, 1.02))
    axes.set_xticks(list(levels))


def _levels(axes: Axes, at: int, name: str, levels: Sequence[int], values: Sequence[Estimate]) -> None:
    """Points with their intervals, each method a little beside the others."""
    x = np.array(levels) + 0.06 * (at - 2.5)
    y = np.array([v.value for v in values])
    bars = np.array([[v.value - v.lower, v.upper - v.value] for v in values]).T
    bars = np.where(np.isnan(bars), 0.0, np.maximum(bars, 0.0))
    axes.errorbar(
        x, y, yerr=bars, label=name, marker=_MARKERS[at % len(_MARKERS)], markersize=4, linewidth=1, capsize=2
    )


def _precision_recall(found: Evaluation, axes: Axes) -> None:
    for name in shown(found):
        axes.plot(_RECALLS, mean_precision(found, name), label=name, linewidth=1.2)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))


def mean_precision(found: Evaluation, method: str) -> FloatArray:
    """(101,) at each recall from 0 to 1, the mean over the queries of the best precision at that recall or more."""
    curves = []
    for asked, scored in zip(found.asked, found.methods[method].scored, strict=True):
        if asked.positives:
            precision, recall = precision_recall(asked.truth[asked.judged], scored.order[asked.judged])
            best = np.maximum.accumulate(precision[::-1])[::-1]
            curves.append(best[np.minimum(np.searchsorted(recall, _RECALLS - 1e-12), len(best) - 1)])
    return mean_over(np.array(curves)) if curves else np.full(len(_RECALLS), np.nan)


def _reliability(found: Evaluation, axes: Axes) -> None:
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    for at, name in enumerate(shown(found)):
        mean, part, _ = reliability(found, name)
        if len(mean) > 2:  # 0 and 1 alone make no curve
            axes.plot(mean, part, label=name, marker=_MARKERS[at % len(_MARKERS)], markersize=4, linewidth=1.2)
    axes.set(xlabel="mean probability of the bin", ylabel="part that is right", xlim=(0, 1), ylim=(0, 1.02))


def reliability(found: Evaluation, method: str) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Of all pairs of a query and an image: mean probability, part that is right, and number, by bin; no empty bins."""
    pairs = [
        (scored.probability[asked.judged], asked.truth[asked.judged])
        for asked, scored in zip(found.asked, found.methods[method].scored, strict=True)
        if scored.probability is not None
    ]
    if not pairs:
        return np.empty(0), np.empty(0), np.empty(0, dtype=np.int64)
    probability, truth = (np.concatenate(column) for column in zip(*pairs, strict=True))
    bins = bin_of(probability)
    count = np.bincount(bins, minlength=BINS)
    full = count > 0
    mean = np.bincount(bins, probability, minlength=BINS)[full] / count[full]
    return mean, np.bincount(bins, truth, minlength=BINS)[full] / count[full], count[full]


_DRAW: Mapping[str, Any] = MappingProxyType(
    {
        "complexity": _complexity,
        "uncertainty": _uncertainty,
        "precision-recall": _precision_recall,
        "reliability": _reliability,
    }
)
