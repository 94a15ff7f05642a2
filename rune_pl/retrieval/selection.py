"""What a question looks at: images of an archive, and what the one who asks knows about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive import Archive
from rune_pl.archive.scenes import Scenes
from rune_pl.calibration.calibration import Calibration
from rune_pl.errors import EvidenceError, UsageError
from rune_pl.inference import Evidence, Query, make_facts
from rune_pl.retrieval.cache import cache_key

IntArray = NDArray[np.int64]

_CHUNK_IMAGES = 2_000


@dataclass(frozen=True)
class Selection:
    """Images with evidence about them.

    Attributes:
        archive: where they are.
        images: their ids; None for all images of the archive.
        evidence: detections that are confirmed or rejected.
        gsd: metres per pixel for images that do not know theirs.
        calibration: what makes probabilities of their scores; None takes those of the archive.
    """

    archive: Archive
    images: tuple[str, ...] | None
    evidence: Evidence
    gsd: float | None
    calibration: Calibration | None = None

    @classmethod
    def of(
        cls,
        archive: Archive,
        *,
        images: Iterable[str] | None,
        confirm: Iterable[str],
        reject: Iterable[str],
        gsd: float | None,
        calibration: Calibration | None = None,
    ) -> Selection:
        """From what a user gives; a text in the place of several is meant as the only one.

        Raises:
            UsageError: a ground sampling distance that is none.
            EvidenceError: evidence that is wrong, or about an image that is not looked at.
        """
        if gsd is not None and not (gsd > 0.0 and isfinite(gsd)):
            raise UsageError(f"a ground sampling distance of {gsd} m/px", hint="a number of metres above 0")
        chosen = None if images is None else tuple(dict.fromkeys(_several(images)))
        confirmed, rejected = tuple(_several(confirm)), tuple(_several(reject))
        looked_at = chosen or ()
        if chosen is None and (confirmed or rejected):  # a million ids take a second
            looked_at = archive.image_ids
        evidence = Evidence.parse(confirmed, rejected, images=looked_at)
        observed = tuple(dict.fromkeys(o.image for o in evidence.observations))
        scenes = archive.scenes(observed)
        for image in observed:
            if image not in looked_at:
                raise EvidenceError(f"evidence on image '{image}', which is not looked at", hint="see --image")
        make_facts(scenes if calibration is None else calibration.apply(scenes), evidence)
        return cls(archive, chosen, evidence, gsd, calibration)

    def __len__(self) -> int:
        return len(self.archive) if self.images is None else len(self.images)

    def cache_key(self, query: Query, options: Mapping[str, Any]) -> str:
        """A text that is another one where the answer may be: other images, evidence, rules or options."""
        clauses = (*query.library.program.clauses, *query.checked.program.clauses)
        told = {
            "images": self.images,
            "evidence": repr(self.evidence),
            "gsd": self.gsd,
            "calibration": None if self.calibration is None else (self.calibration.name, self.calibration.digest),
        }
        return cache_key(self.archive.manifest.dump(), {**told, **options, "program": [str(c) for c in clauses]})

    def scenes(self) -> Iterator[tuple[Scenes, Evidence]]:
        """The scenes, some images at a time, each with the evidence about them."""
        if self.images is None:
            parts: Iterable[Scenes] = self.archive.iter_scenes(chunk_images=_CHUNK_IMAGES)
        else:
            parts = (self.archive.scenes(self.images),)
        return (self._known(scenes) for scenes in parts)

    def scenes_of(self, images: Sequence[str]) -> Iterator[tuple[Scenes, Evidence]]:
        """The same for some of the images, in the order given."""
        positions = self.archive.positions(images)
        for first in range(0, len(images), _CHUNK_IMAGES):
            yield self.scenes_at(positions[first : first + _CHUNK_IMAGES])

    def scenes_at(self, index: IntArray) -> tuple[Scenes, Evidence]:
        """The same for the images at these positions of the archive."""
        return self._known(self.archive.scenes_at(index))

    def sized(self, query: Query) -> Query:
        """The query with the archive's size statistics, where it compares sizes."""
        if ("size_rank", 2) not in query.reachable:
            return query
        # Images that get a ground sampling distance here are compared with the others in metres.
        return replace(query, sizes=self.archive.class_size_quantiles(self.gsd))

    def _known(self, scenes: Scenes) -> tuple[Scenes, Evidence]:
        here = set(scenes.images) if self.evidence.observations else ()
        mine = Evidence(tuple(o for o in self.evidence.observations if o.image in here))
        if self.gsd is not None:
            scenes = replace(scenes, gsd=np.where(np.isnan(scenes.gsd), self.gsd, scenes.gsd))
        return scenes if self.calibration is None else self.calibration.apply(scenes), mine


def _several(texts: Iterable[str]) -> Iterable[str]:
    """A text given alone is meant as the only one, not as its letters."""
    return (texts,) if isinstance(texts, str) else texts
