"""`python -m rune_pl` is the same as `rune-pl`."""

import sys

from rune_pl.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
