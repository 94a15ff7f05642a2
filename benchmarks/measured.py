"""What a run has measured so far, on disk as soon as it is known, so that a run that was cut goes on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Measured:
    """Records, each of a size (`images`), a step (`what`) and perhaps a query and who answered it.

    Args:
        path: the JSON file that is kept up to date; None keeps nothing.
        about: machine and options; records of a file with other ones are not taken over. None takes what there is.
        anew: take nothing over.

    Attributes:
        taken: how many records were taken over.
    """

    def __init__(self, path: Path | None, about: Record | None, *, anew: bool = False) -> None:
        self.path, self.about = path, about
        self.records: list[Record] = []
        if path is not None and path.exists() and not anew:
            try:
                kept = json.loads(path.read_text(encoding="utf-8"))
                if about is None or kept["about"] == json.loads(json.dumps(about)):
                    self.about = kept["about"]
                    self.records = list(kept["records"])
            except (ValueError, KeyError, TypeError):
                pass
        self.taken = len(self.records)

    def add(self, **record: Any) -> Record:
        """Keep a record, in the place of an older one of the same key."""
        key = _key(record)
        self.records = [r for r in self.records if _key(r) != key] + [record]
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            draft = self.path.with_name(f"{self.path.name}.tmp")
            draft.write_text(json.dumps({"about": self.about, "records": self.records}, indent=1), encoding="utf-8")
            os.replace(draft, self.path)
        return record

    def find(self, images: int, what: str, query: str | None = None, who: str | None = None) -> Record | None:
        """The record of this key, None where it was not measured."""
        key = (images, what, query, who)
        return next((record for record in self.records if _key(record) == key), None)

    def of(self, images: int, what: str) -> list[Record]:
        """All records of a step at a size."""
        return [record for record in self.records if (record["images"], record["what"]) == (images, what)]

    @property
    def sizes(self) -> list[int]:
        """All sizes with a record, ascending."""
        return sorted({record["images"] for record in self.records})


def _key(record: Record) -> tuple[Any, ...]:
    return record["images"], record["what"], record.get("query"), record.get("who")
