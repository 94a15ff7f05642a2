#!/usr/bin/env bash
# Install llama-cpp-python, which compiles llama.cpp: ten minutes on two cores. What the tests do not use is left out.
#
#   tools/llama-cpp.sh VENV
set -euo pipefail

venv=$1
if "$venv/bin/python" -c 'import llama_cpp' 2>/dev/null; then exit 0; fi
echo "set-up: compiling llama.cpp" >&2
export CMAKE_ARGS="${CMAKE_ARGS:--DLLAVA_BUILD=OFF -DLLAMA_CURL=OFF -DGGML_NATIVE=ON}"
export CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check llama-cpp-python ||
    { echo "set-up: llama-cpp-python does not compile, pip says why above" >&2; exit 1; }
