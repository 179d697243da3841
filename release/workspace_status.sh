#!/bin/sh
# The values that --config=release writes into the labels of the image: the commit and its time.
# It is the time of the commit and not of the build, so the same commit gives the same image.
set -eu
cd "$(dirname "$0")/.."
revision=$(git rev-parse HEAD) || {
  echo "--config=release must run in a git work tree, got $PWD. Clone the repository." >&2
  exit 1
}
[ -z "$(git status --porcelain)" ] || revision=$revision-dirty
echo "STABLE_REVISION $revision"
echo "STABLE_CREATED $(TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)"
