#!/bin/sh
# What --config=release writes into the image's labels: the commit, and its time.
# The commit's time, not now: the same commit makes the same image.
set -eu
cd "$(dirname "$0")/.."
changed=
[ -z "$(git status --porcelain)" ] || changed=-dirty
echo "STABLE_REVISION $(git rev-parse HEAD)$changed"
echo "STABLE_CREATED $(TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)"
