#!/usr/bin/env bash
# Make a virtual environment and install rune-pl into it, editable.
#
#   tools/venv.sh VENV EXTRAS      EXTRAS is a comma-separated list of extras of setup.cfg, or "" for the core only
#
# PYTHON names the interpreter to start from (python3 by default). A virtual environment that is there is kept.
set -euo pipefail

venv=$1
extras=${2:-}
python=${PYTHON:-python3}
cd "$(dirname "$0")/.."

fail() {
    echo "set-up: $1" >&2
    exit 1
}

on_debian_as_root() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

command -v "$python" >/dev/null || fail "there is no $python: install Python 3.10 or later (Debian: apt-get install python3 python3-venv)"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "$python is $("$python" -V 2>&1), rune-pl needs 3.10 or later: make PYTHON=python3.12 ..."

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    on_debian_as_root || fail "$python cannot make virtual environments: install python3-venv (Debian: apt-get install python3-venv)"
    echo "set-up: installing python3-venv" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
fi

if ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
    echo "set-up: making $venv with $("$python" -V)" >&2
    "$python" -m venv --clear "$venv"
fi

echo "set-up: installing rune-pl${extras:+ with $extras}" >&2
# Modules are compiled when they are first imported: compiling them all doubles the time that this takes.
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile --editable ".${extras:+[$extras]}" ||
    fail "the installation failed, pip says why above"

echo "set-up: compiling the engine for this machine" >&2
"$venv/bin/python" -m rune_pl.inference.warm || fail "the engine does not compile, numba says why above"
