#!/bin/sh
# Draws every dashboard of a running stack: all.sh FOLDER [options of look.mjs].
set -eu
here=$(dirname "$0")
to=$1
shift
mkdir -p "$to"
for file in "$here"/../dashboards/*/*.json; do
    node "$here/look.mjs" "$file" --out "$to/$(basename "$file" .json).png" "$@"
done
