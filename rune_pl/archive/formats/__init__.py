"""Import of foreign formats: one module each, all of them behind `import_archive`."""

from rune_pl.archive.formats.base import Format, ImportOptions, Problems
from rune_pl.archive.formats.importing import FORMATS, ImportReport, import_archive

__all__ = ["FORMATS", "Format", "ImportOptions", "ImportReport", "Problems", "import_archive"]
