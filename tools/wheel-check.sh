#!/usr/bin/env bash
# Install a wheel, with nothing but what it asks for, into a new environment away from the checkout, and use it.
#
#   tools/wheel-check.sh WHEEL
set -euo pipefail

wheel=$(realpath "$1")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"

"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check "$wheel"
venv/bin/rune-pl --version
venv/bin/rune-pl library near >/dev/null
sample=$(venv/bin/rune-pl sample --path)
venv/bin/rune-pl query "$sample" "a ship near a harbor" --top 3
venv/bin/rune-pl query "$sample" --rule 'retrieve :- object(A, plane), object(B, plane), near(A, B).' --top 3 --json >answers.jsonl
test "$(wc -l <answers.jsonl)" = 3
echo "the wheel works on its own"
