#!/bin/bash
# Builds everything that this workspace publishes twice, from scratch, and compares every byte.
# Run it directly and not through Bazel: tools/reproducible.sh
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d "${TMPDIR:-/tmp}/reproducible.XXXXXX")
built=(//:wheel //:image //:image.digest //pipelines:compile)
compared="set(${built[*]}) union kind('_layer rule', deps(//:image))"

remove() {
  for name in one another; do
    [ ! -d "$work/$name.base" ] || bazel $name shutdown
  done
  chmod -R u+w "$work" && rm -rf "$work"
}
trap remove EXIT

# bazel NAME COMMAND…: runs Bazel in the copy NAME of the sources, with its own output base.
bazel() { (cd "$work/$1" && ./bazelw --output_base="$work/$1.base" "${@:2}"); }

# checksums NAME: builds without an action cache, and prints the checksums of the outputs.
checksums() {
  local root file
  bazel "$1" build --disk_cache= "${built[@]}" >&2
  root=$(bazel "$1" info execution_root)
  bazel "$1" cquery --disk_cache= --output=files "$compared" | sort -u | while read -r file; do
    (cd "$root" && find -L "$file" -type f -exec sha256sum {} +) | sort -k 2
  done
}

mkdir "$work/one"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -Pt "$work/one"
cp -a "$work/one" "$work/another"
checksums one > "$work/one.sums"
checksums another > "$work/another.sums"
grep -q '_layer' "$work/one.sums" || { echo "//:image must have layers, but none were built." >&2 && exit 1; }
diff "$work/one.sums" "$work/another.sums" || {
  echo "Two builds of the same sources must give the same bytes, got the differences above." >&2
  exit 1
}
cat "$work/one.sums"
echo "$(wc -l < "$work/one.sums") files are equal, byte for byte, from two clean output bases"
