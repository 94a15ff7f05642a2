#!/usr/bin/env bash
# The main job on the bundled images: detect, calibrate on scenes of their own, ask.
#
#   tools/demo.sh PROGRAM DIRECTORY      PROGRAM is rune-pl; DIRECTORY is made anew
set -euo pipefail

program=$1
directory=$2

run() {
    local shown=() word
    for word in "${@:2}"; do
        if [[ $word =~ ^[A-Za-z0-9_./=-]+$ ]]; then shown+=("$word")
        elif [[ $word == *"'"* ]]; then shown+=("\"$word\"")
        else shown+=("'$word'"); fi
    done
    printf '\n$ rune-pl %s\n' "${shown[*]}"
    "$@"
}

rm -rf "$directory"
mkdir -p "$directory"
run "$program" sample "$directory/sample" --bundled
run "$program" detect "$directory/sample/images" -o "$directory/scenes" --gsd 0.3
run "$program" sample "$directory/other" --scenes 36 --seed 5
run "$program" detect "$directory/other/images" -o "$directory/other-scenes"
run "$program" import dota "$directory/other/truth" -o "$directory/other-truth" --images "$directory/other/images"
run "$program" calibrate "$directory/other-scenes" --truth "$directory/other-truth" -o "$directory/calibration.json" --plot "$directory/reliability.png"
for question in "a ship near a harbor" "at least two planes but no helicopter" \
    "there's a harbour and, right next to it, a big white yacht" "planes that stand in a row while no chopper is anywhere in the picture"; do
    run "$program" query "$directory/scenes" "$question" --calibration "$directory/calibration.json" --top 3
done
run "$program" query "$directory/scenes" --rule 'retrieve :- object(A, storage_tank), \+ (object(B, large_vehicle), near(B, A)).' \
    --calibration "$directory/calibration.json" --top 5
printf '\nThe archive is %s: ask it more with %s query %s "..." --calibration %s\n' \
    "$directory/scenes" "$program" "$directory/scenes" "$directory/calibration.json"
