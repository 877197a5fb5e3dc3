#!/bin/sh
# Makes the golden artifacts in this folder with the real fossil (2.21 made the ones here).
#
# A repository is filled through fossil's own commands, and one artifact of each sort is written out
# under a name of its own. What the command line cannot make (forum posts, removed attachments, SSH
# signatures, forms of old releases) is composed here, and fossil is asked whether it agrees.
#
# Usage: make.sh   (needs fossil and md5sum; OUTCROP_FOSSIL may name the fossil to use)
set -eu

fossil=${OUTCROP_FOSSIL:-fossil}
goldens=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME="$work" FOSSIL_HOME="$work" USER=alice FOSSIL_USER=alice TZ=UTC

repo="$work/project.fossil"
"$fossil" init --date-override 2024-01-01T00:00:00 -A alice "$repo" >"$work/log"
"$fossil" settings clearsign off -R "$repo"
mkdir "$work/tree"
cd "$work/tree"
"$fossil" open "$repo" >>"$work/log"

sql() { "$fossil" sql -R "$repo" "$1" | tr -d "'"; }
newest() { sql "SELECT uuid FROM blob ORDER BY rid DESC LIMIT 1"; }
# Writes the artifact $2 to the golden $1.
save() { "$fossil" artifact -R "$repo" "$2" "$goldens/$1"; }
commit() {
  "$fossil" commit --no-warnings --nosign --no-prompt --allow-empty --ignore-clock-skew \
    --user-override alice "$@" >>"$work/log" 2>&1
}
tip() { "$fossil" info 2>/dev/null | sed -n 's/^checkout: *\([0-9a-f]*\).*/\1/p'; }

rm -f "$goldens"/*.artifact

# Check-ins.
save checkin-initial.artifact "$(tip)"
mkdir -p src/deep
printf 'one\n' >readme.txt
printf 'two\n' >"name with spaces.txt"
printf '#!/bin/sh\n' >src/run.sh
chmod +x src/run.sh
n=0
while [ $n -lt 120 ]; do
  printf 'file %d\n' $n >"src/deep/part$n.txt"
  n=$((n + 1))
done
"$fossil" add readme.txt "name with spaces.txt" src >>"$work/log"
commit -m "Add files: a \\ backslash,
a second line" --date-override 2024-01-02T03:04:05.678
save checkin-files.artifact "$(tip)"
base=$(tip)

printf 'changed\n' >readme.txt
commit --delta -m "One change" --date-override 2024-01-03
save checkin-delta.artifact "$(tip)"
rm src/deep/part7.txt
"$fossil" rm src/deep/part7.txt >>"$work/log"
commit --delta -m "One file less" --date-override 2024-01-04
save checkin-delta-removal.artifact "$(tip)"

"$fossil" mv --hard src/run.sh src/start.sh >>"$work/log"
commit -m "Rename" --date-override 2024-01-05
save checkin-rename.artifact "$(tip)"

printf 'on a branch\n' >branch.txt
"$fossil" add branch.txt >>"$work/log"
commit -m "A branch" --branch feature --branchcolor '#aaccee' --tag "two words" \
  --date-override 2024-01-06
save checkin-branch.artifact "$(tip)"
feature=$(tip)
printf 'more\n' >>branch.txt
commit -m "To be picked" --date-override 2024-01-07
picked=$(tip)

"$fossil" update trunk >>"$work/log"
"$fossil" merge "$feature" >>"$work/log"
commit -m "Merge" --date-override 2024-01-08 --mimetype text/plain
save checkin-merge.artifact "$(tip)"
"$fossil" merge --cherrypick "$picked" >>"$work/log"
commit -m "Cherry-pick" --date-override 2024-01-09
save checkin-cherrypick.artifact "$(tip)"
"$fossil" merge --backout "$picked" >>"$work/log"
commit -m "Back out" --date-override 2024-01-10
save checkin-backout.artifact "$(tip)"

# Control artifacts.
"$fossil" tag add --date-override 2024-01-11 release "$base" 1.0 >>"$work/log"
save control-add.artifact "$(newest)"
"$fossil" tag cancel --date-override 2024-01-12 release "$base" >>"$work/log"
save control-cancel.artifact "$(newest)"
"$fossil" amend "$base" -m "A better comment" --author bob --bgcolor '#eeeeee' \
  --date-override 2024-01-13 >>"$work/log" 2>&1
save control-amend.artifact "$(newest)"

# Wiki pages, in three types, edited and emptied.
printf '<b>Fossil</b> text\n' | "$fossil" wiki create "Home Page" - >>"$work/log"
save wiki-fossil.artifact "$(newest)"
printf '# Markdown\n\ntext\n' | "$fossil" wiki create Markdown - -M markdown >>"$work/log"
save wiki-markdown.artifact "$(newest)"
printf 'plain text, no newline at its end' | "$fossil" wiki create Plain - -M plain >>"$work/log"
save wiki-plain.artifact "$(newest)"
printf '<b>Other</b> text\n' | "$fossil" wiki commit "Home Page" - >>"$work/log"
save wiki-edit.artifact "$(newest)"

# Technotes.
printf 'A note\n' | "$fossil" wiki create "First release" - --technote 2024-01-14T12:00:00 \
  --technote-tags "release,news" --technote-bgcolor '#ff8800' >>"$work/log"
save technote.artifact "$(newest)"
printf 'A better note\n' | "$fossil" wiki commit "First release" - \
  --technote 2024-01-14T12:00:00 -M markdown >>"$work/log"
save technote-edit.artifact "$(newest)"

# Tickets.
"$fossil" ticket add title "It breaks" status Open comment "First
line" >>"$work/log"
save ticket-new.artifact "$(newest)"
ticket=$(sql "SELECT tkt_uuid FROM ticket")
"$fossil" ticket set "$ticket" status Closed +comment " and more" resolution "" >>"$work/log"
save ticket-change.artifact "$(newest)"

# Attachments.
printf 'attached\n' >"$work/a picture.txt"
"$fossil" attachment add "Home Page" "$work/a picture.txt" >>"$work/log"
save attachment-wiki.artifact "$(newest)"
"$fossil" attachment add -t 2024-01-14T12:00:00 "$work/a picture.txt" >>"$work/log"
save attachment-technote.artifact "$(newest)"

# A cluster: fossil makes one when a pull finds enough artifacts without.
"$fossil" clone "$repo" "$work/clone.fossil" >>"$work/log" 2>&1
"$fossil" pull "$repo" -R "$work/clone.fossil" >>"$work/log" 2>&1
save cluster.artifact "$(sql "SELECT uuid FROM blob WHERE rid=(SELECT rid FROM tagxref WHERE tagid=7 LIMIT 1)")"

# Plain content that looks like a check-in at first sight.
printf 'A sentence that starts like a card\nZ and ends like one\n' >"$goldens/plain-sentence.artifact"

# Composed: the cards on standard input, and the Z card that makes an artifact of them.
close_with_z() {
  cat >"$work/cards"
  { cat "$work/cards"; printf 'Z %s\n' "$(md5sum <"$work/cards" | cut -c1-32)"; } >"$1"
}
compose() {
  close_with_z "$goldens/$1"
  verify "$1"
}
verify() {
  "$fossil" test-parse-manifest "$goldens/$1" | grep -q 'manifest_parse() worked' || {
    echo "fossil does not take $1 for an artifact" >&2
    exit 1
  }
}
one=1111111111111111111111111111111111111111
two=2222222222222222222222222222222222222222222222222222222222222222

printf 'D 2024-01-15T00:00:00.000\nH A\\sthread\nN text/x-markdown\nU alice\nW 9\nFirst.\n\n\n\n' |
  compose forum-thread.artifact
printf 'D 2024-01-16T00:00:00.000\nG %s\nI %s\nN text/plain\nU bob\nW 6\nReply.\n' $one $two |
  compose forum-reply.artifact
printf 'D 2024-01-17T00:00:00.000\nG %s\nI %s\nP %s\nU bob\nW 0\n\n' $one $one $two |
  compose forum-edit.artifact
printf 'A a\\spicture.txt Home\\sPage\nD 2024-01-18T00:00:00.000\nU alice\n' |
  compose attachment-removal.artifact
printf 'C Early\nD 2007-07-21T14:10:57\nF a.txt %s \nF b/_FOSSIL_ %s\nP\nU drh\n' $one $one |
  compose checkin-early.artifact
printf 'D 2024-01-19T00:00:00\nE 2024-01-19T00:00:00 %s\nP %s\nN text/plain\nW 3\nold\n' $one $two |
  compose technote-swapped.artifact
printf 'C Upper\nD 2024-01-20T00:00:00+01:00\nF a %s\nP %s\nQ +%s\n' \
  ABCDEF1111111111111111111111111111111111 $two $one | compose checkin-upper.artifact

printf 'C Signed\nD 2024-01-21T00:00:00\nU alice\n' | close_with_z "$work/signed"
sign() {
  printf -- '-----BEGIN %s SIGNED MESSAGE-----\n%s\n' "$1" "$2"
  cat "$work/signed"
  printf -- '-----BEGIN %s SIGNATURE-----\n\naGVsbG8=\n-----END %s SIGNATURE-----\n' "$1" "$1"
}
sign PGP 'Hash: SHA256
' >"$goldens/checkin-pgp.artifact"
verify checkin-pgp.artifact
# SSH signatures came with 2.26, so an older fossil has no say about this one.
sign SSH '' >"$goldens/checkin-ssh.artifact"
