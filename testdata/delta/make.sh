#!/bin/sh
# Makes the goldens in this folder: for each NAME a NAME.source, a NAME.target and the NAME.delta
# that Fossil makes of them. Takes `fossil` from OUTCROP_FOSSIL, or from the path.
set -eu
cd "$(dirname "$0")"
rm -f ./*.source ./*.target ./*.delta

lines() { # lines FIRST LAST: one numbered line each
    awk -v first="$1" -v last="$2" 'BEGIN {
        for (i = first; i <= last; i++) printf "%d: line %d, with %d in it\n", i, i, i * 7919 % 1000
    }'
}

: > empty_source.source
printf 'All of this is new.\n' > empty_source.target

lines 1 3 > empty_target.source
: > empty_target.target

printf 'short' > short_source.source
printf 'shorter' > short_source.target

lines 1 40 > equal.source
cp equal.source equal.target

lines 1 60 > edited_lines.source
sed -e '10s/line/row/' -e '30d' -e '50a\
an inserted line' edited_lines.source > edited_lines.target

lines 1 60 > moved_block.source
{ lines 31 60; lines 1 30; } > moved_block.target

awk 'BEGIN { for (i = 0; i < 600; i++) printf "%c", i * i % 251 }' | LC_ALL=C tr '\001-\012' '\200-\211' \
    > binary.source
{ tail -c 300 binary.source; printf '\000\377\000'; head -c 200 binary.source; } > binary.target

for target in *.target; do
    name=${target%.target}
    "${OUTCROP_FOSSIL:-fossil}" test-delta-create "$name.source" "$target" "$name.delta"
done
