#!/usr/bin/env bash
# Install the programs that tests use and that are no Python packages, where that can be done without asking, and say what
# to install elsewhere. Never fails: the tests that need them are skipped with a reason.
set -euo pipefail

declare -A package=([swipl]=swi-prolog-nox [dot]=graphviz [chromium]=chromium)
missing=()
for program in "${!package[@]}"; do
    command -v "$program" >/dev/null || missing+=("${package[$program]}")
done
[ "${#missing[@]}" = 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "set-up: installing ${missing[*]}" >&2
    if apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
        exit 0
    fi
fi
echo "set-up: the tests that use them are skipped: install ${missing[*]} (Debian: apt-get install ${missing[*]})" >&2
