#!/usr/bin/env bash
# The main job on the bundled sample: detections in, a question, ranked images out.
#
#   tools/demo.sh PROGRAM DIRECTORY      PROGRAM is rune-pl; DIRECTORY is made anew
set -euo pipefail

program=$1
directory=$2

run() {
    local shown=() word
    for word in "${@:2}"; do
        if [[ $word =~ ^[A-Za-z0-9_./=-]+$ ]]; then shown+=("$word"); else shown+=("'$word'"); fi
    done
    printf '\n$ rune-pl %s\n' "${shown[*]}"
    "$@"
}

rm -rf "$directory"
mkdir -p "$directory"
run "$program" sample "$directory/sample" --bundled
run "$program" import dota-results "$directory/sample/detections" -o "$directory/scenes" --images "$directory/sample/images"
run "$program" query "$directory/scenes" "a ship near a harbor" --top 5
run "$program" query "$directory/scenes" "at least two planes but no helicopter" --top 5
run "$program" query "$directory/scenes" "next to the harbour there is a big white yacht" --top 3
run "$program" query "$directory/scenes" "planes parked in a row, and no chopper anywhere in the picture" --top 3
run "$program" query "$directory/scenes" --rule 'retrieve :- object(A, storage_tank), \+ (object(B, large_vehicle), near(B, A)).' --top 5
printf '\nThe archive is %s: ask it more with %s query %s "..."\n' "$directory/scenes" "$program" "$directory/scenes"
