"""`rune-pl detect`: objects in images, found by a detector and made into an archive."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import click

from rune_pl.cli._common import json_line, progress, report

EXAMPLES = """\b
Examples:
  rune-pl detect images/ -o scenes/
  rune-pl detect images/ -o scenes/ --weights yolo11n-obb.pt --keep-going
  rune-pl detect scene.tif -o scenes/ --weights best.onnx --tile 1024 --overlap 200
  rune-pl detect images/ -o scenes/ --weights yolo11n-obb.pt --calibration calibration.json --resume
  rune-pl detect /shared/images -o scenes/ --weights /shared/best.onnx --cluster tcp://scheduler:8786
"""

_HOW_TO_GET = (
    "using the demo detector, which knows generated scenes only; for real images give --weights, such as "
    "yolo11n-obb.pt for DOTA's classes (github.com/ultralytics/assets/releases)"
)


@click.command(epilog=EXAMPLES)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, metavar="ARCHIVE", type=click.Path(path_type=Path), help="The archive to write."
)
@click.option("--weights", metavar="FILE", help="YOLO weights, .pt or .onnx.  [default: the demo detector]")
@click.option("--conf", type=float, default=0.05, show_default=True, help="The least score of a detection.")
@click.option("--iou", type=float, default=0.5, show_default=True, help="Boxes that share more are one object.")
@click.option(
    "--tile", type=int, metavar="PX", help="Side of the tiles.  [default: what the weights were trained with]"
)
@click.option("--overlap", type=int, metavar="PX", help="What neighbouring tiles share.  [default: a fifth of a tile]")
@click.option(
    "--runtime",
    type=click.Choice(("auto", "onnx", "ultralytics")),
    default="auto",
    show_default=True,
    help="What runs the weights; auto goes by the suffix.",
)
@click.option(
    "--device", default="auto", show_default=True, help="cpu, cuda:0, ...; auto takes a GPU where there is one."
)
@click.option("--batch", type=int, default=1, show_default=True, help="Tiles at once; more is for GPUs.")
@click.option("--threads", type=click.IntRange(1), help="Of the processor.  [default: what the runtime takes]")
@click.option("--gsd", type=float, metavar="M", help="Metres per pixel of images that are not georeferenced.")
@click.option(
    "--calibration",
    metavar="FILE",
    help="From scores to probabilities (rune-pl calibrate); demo-detector is the one of the demo detector.",
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Have the workers of a Dask scheduler (tcp://HOST:8786) look at the images, or `local` processes.",
)
@click.option("--workers", type=click.IntRange(1), help="Processes of `--cluster local`.  [default: all cores]")
@click.option("--resume", is_flag=True, help="Go on with an interrupted run: do only what is missing.")
@click.option("--keep-going", is_flag=True, help="Leave out images that cannot be read, and count them.")
@click.option("--append", "mode", flag_value="append", help="Add to an archive.")
@click.option("--replace", "mode", flag_value="replace", help="Put the new archive in the place of the old one.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as a JSON object.")
def command(
    paths: tuple[Path, ...],
    output: Path,
    weights: str | None,
    conf: float,
    iou: float,
    tile: int | None,
    overlap: int | None,
    runtime: str,
    device: str,
    batch: int,
    threads: int | None,
    gsd: float | None,
    calibration: str | None,
    cluster: str | None,
    workers: int | None,
    resume: bool,
    keep_going: bool,
    mode: Literal["append", "replace"] | None,
    as_json: bool,
) -> None:
    """Find the objects in images with an oriented detector.

    PATH is an image, or a folder of images. Large images are looked at tile by tile, and an object that a seam cuts
    counts once. GeoTIFF keeps its place on Earth. Every detection keeps its probability for each class; scores are not
    calibrated, which is for `rune-pl calibrate`. The archive appears when all images are done; a run that was
    interrupted goes on with --resume. With --cluster many machines look at the images; the archive is the same.
    """
    from rune_pl.archive.formats.text import check_gsd
    from rune_pl.calibration import Calibration
    from rune_pl.cluster import LOCAL, connect_client
    from rune_pl.detect import Settings, detect_archive, find_images, find_weights, open_detector
    from rune_pl.detect.run import OVERLAP_SHARE
    from rune_pl.detect.weights import DEMO, shipped_detector
    from rune_pl.errors import UsageError

    if gsd is not None:
        try:
            check_gsd(gsd)
        except ValueError as error:
            raise UsageError(str(error)) from None
    images = find_images(list(paths))
    name, path = find_weights(weights)
    fitted = None
    if calibration is not None:
        fitted = Calibration.load(shipped_detector().calibration if calibration == DEMO else calibration)
    if name == DEMO:
        report(_HOW_TO_GET)
    if cluster == LOCAL and threads is None:  # the processes share the cores
        threads = max(1, (os.cpu_count() or 1) // (workers or os.cpu_count() or 1))
    detector = open_detector(path, runtime=runtime, device=device, threads=threads)
    side = tile or detector.size
    settings = Settings(
        tile=side,
        overlap=round(side * OVERLAP_SHARE) if overlap is None else overlap,
        confidence=conf,
        iou=iou,
        batch=batch,
    )
    with ExitStack() as stack:
        look = None
        if cluster is not None:
            from rune_pl.detect.cluster import Network, looking_on

            client = stack.enter_context(connect_client(cluster, workers))
            look = looking_on(client, Network.of(name, detector, device=device, threads=threads), settings)
        advance = stack.enter_context(progress(len(images), "detecting", unit="images"))
        done = detect_archive(
            images,
            output,
            detector,
            settings,
            gsd=gsd,
            calibration=fitted,
            resume=resume,
            keep_going=keep_going,
            mode=mode or "create",
            sources=[str(path) for path in paths],
            weights=name,
            progress=advance,
            look=look,
        )
    for remark in (*done.problems, *done.notes):
        report(str(remark))
    if as_json:
        facts = {"archive": str(output), "images": done.images, "detections": done.detections}
        facts |= {"resumed": done.resumed, "skipped": len(done.problems), "weights": name, "sha256": detector.sha256}
        click.echo(json_line(facts))
        return
    text = f"{output}: {done.detections:,} detections in {done.images:,} image{'s'[: done.images != 1]}, by {name}"
    text += "; uncalibrated scores" if fitted is None else f"; calibrated: {fitted.name}"
    if done.resumed:
        text += f"; {done.resumed:,} had been done before"
    if done.problems:
        text += f"; {len(done.problems):,} could not be read and {'is' if len(done.problems) == 1 else 'are'} left out"
    click.echo(text)
