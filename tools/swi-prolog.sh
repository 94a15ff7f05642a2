#!/usr/bin/env bash
# Install SWI-Prolog where that can be done without asking, and say what to install elsewhere. Never fails: the tests that
# need it are skipped with a reason.
set -euo pipefail

if command -v swipl >/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "set-up: installing swi-prolog-nox" >&2
    if apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends swi-prolog-nox >/dev/null; then
        exit 0
    fi
fi
echo "set-up: SWI-Prolog is missing and the tests that use it are skipped: install it (Debian: apt-get install swi-prolog-nox)" >&2
