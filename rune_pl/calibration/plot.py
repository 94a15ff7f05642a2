"""Reliability diagrams; the one module that needs matplotlib here (the extra `plot`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from rune_pl.calibration.metrics import reliability_curve
from rune_pl.errors import CalibrationError, MissingExtraError, UsageError

_ENDINGS = (".png", ".svg")


def check_plot(path: Path) -> None:
    """Raises UsageError where the ending is not known, MissingExtraError where matplotlib is not installed."""
    if path.suffix.lower() not in _ENDINGS:
        raise UsageError(f"{path} is no picture", hint=f"a name that ends in {' or '.join(_ENDINGS)}")
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise MissingExtraError("matplotlib is not installed", hint="pip install 'rune-pl[plot]'") from None


def plot_reliability(before: NDArray[Any], after: NDArray[Any], right: NDArray[Any], path: Path) -> None:
    """Draw how often detections of each probability are right, before and after; the diagonal is calibrated.

    Raises:
        CalibrationError: the file cannot be written.
    """
    check_plot(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for values, name, marker in ((before, "scores", "o"), (after, "calibrated, cross-validated", "s")):
        mean, share, _ = reliability_curve(values, right)
        axes.plot(mean, share, marker=marker, markersize=4, label=name)
    axes.set(xlabel="probability", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.legend(frameon=False)
    try:
        # No date in the file: the same data make the same picture.
        figure.savefig(path, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
    except OSError as error:
        raise CalibrationError(f"cannot be written: {error.strerror or error}", path=path) from None
