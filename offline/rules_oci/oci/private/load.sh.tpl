#!/usr/bin/env bash
# Loads the image into a container engine, from an archive that is never written to disk.
set -o pipefail -o errexit -o nounset

{{rlocation}}

archive=$(rlocation "{{archive}}")
engine=$(rlocation "{{loader}}")
for name in docker podman nerdctl; do
  [[ -n $engine ]] || engine=$(command -v "$name" || true)
done
if [[ -z $engine ]]; then
  echo >&2 "Neither docker, podman nor nerdctl could be found."
  echo >&2 "To use a different container runtime, pass an executable to the 'loader' attribute of oci_tarball."
  exit 1
fi

"$engine" load --input <(RUNFILES_DIR=$runfiles "$archive" {{format}} "$(rlocation "{{image}}")" "$(rlocation "{{tags}}")")
