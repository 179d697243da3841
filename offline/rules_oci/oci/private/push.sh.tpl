#!/usr/bin/env bash
# Pushes the image by its digest, then tags it.
set -o pipefail -o errexit -o nounset

{{rlocation}}

crane=$(rlocation "{{crane}}")
image=$(rlocation "{{image}}")
tags_file=$(rlocation "{{tags}}")
repository_file=$(rlocation "{{repository_file}}")
repository="{{repository}}"
[[ -z $repository_file ]] || repository=$(tr -d '\n' < "$repository_file")

tags=()
every=() # flags of all crane commands
push=() # flags of crane push
while (($#)); do
  case $1 in
    --allow-nondistributable-artifacts | --insecure | -v | --verbose) every+=("$1") ;;
    --platform) every+=("$1" "$2"); shift ;;
    -t | --tag) tags+=("$2"); shift ;;
    --tag=*) tags+=("${1#--tag=}") ;;
    -r | --repository) repository=$2; shift ;;
    --repository=*) repository=${1#--repository=} ;;
    *) push+=("$1") ;;
  esac
  shift
done

if [[ -z $repository ]]; then
  echo "ERROR: repository not set. Please pass --repository flag." >&2
  exit 1
fi

[[ $(< "$image/index.json") =~ \"digest\":\ *\"([^\"]+)\" ]]
refs=$(mktemp)
trap 'rm -f "$refs"' EXIT
"$crane" push "${every[@]}" "$image" "$repository@${BASH_REMATCH[1]}" "${push[@]}" --image-refs "$refs"

if [[ -n $tags_file ]]; then
  mapfile -t -O "${#tags[@]}" tags < <(tr -s '[:space:]' '\n' < "$tags_file")
fi
for tag in "${tags[@]}"; do
  "$crane" tag "${every[@]}" "$(< "$refs")" "$tag"
done
