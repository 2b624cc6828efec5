#!/bin/sh
# Runs the real commands once on a few words, so that numba's compiled kernels lie in NUMBA_CACHE_DIR before the first
# request. What was made on the way is thrown away. A processor unlike this one compiles again, by itself.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/books"
cd "$scratch"
python -c 'print(*(f"word{n % 977} of{n % 389} row{n % 241}" for n in range(4000)))' > books/warm.txt
export FINDSPOT_HOME="$scratch/home"
findspot collection build warm books -o release --title Warm --kind books --status commons --as-of 2026-01-01
findspot collection install release
findspot fingerprint books -o books.manifest.parquet
findspot audit books.manifest.parquet --exit-zero --format json -o report.json
