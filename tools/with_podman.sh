#!/bin/bash
# Runs a command with DOCKER_HOST naming an engine that speaks Docker's API: the one that is here,
# else podman with runc, installed from this Debian's archive. As root:
#     tools/with_podman.sh ./bazelw test //tests/artifacts:docker_runner_test
set -euo pipefail
if [ -n "${DOCKER_HOST:-}" ] || [ -S /var/run/docker.sock ]; then
  exec "$@"
fi
for program in podman runc; do
  type -P "$program" > /dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
    --no-install-recommends podman runc python3 > /dev/null
done

work=$(mktemp -d)
mkdir "$work/bin"
export CONTAINERS_CONF=$work/containers.conf
cat > "$CONTAINERS_CONF" << EOT
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[engine.runtimes]
runc = ["$work/bin/runc"]
EOT

# A container inside a container may neither raise limits nor lower its out-of-memory score.
cat > "$work/bin/runc" << EOT
#!/usr/bin/python3
import json, os, pathlib, sys
for bundle in [b for a, b in zip(sys.argv, sys.argv[1:]) if a == "--bundle"]:
    path = pathlib.Path(bundle, "config.json")
    config = json.loads(path.read_text())
    for key in "rlimits", "oomScoreAdj":
        config["process"].pop(key, None)
    path.write_text(json.dumps(config))
os.execv("$(type -P runc)", ["runc", *sys.argv[1:]])
EOT
chmod +x "$work/bin/runc"

podman --root "$work/storage" --runroot "$work/run" system service --time=0 "unix://$work/socket" &
engine=$!
trap 'kill $engine; wait $engine || true; umount -q "$work/storage/overlay" || true; rm -rf --one-file-system "$work"' EXIT
for _ in {1..50}; do
  [ ! -S "$work/socket" ] || break
  sleep 0.1
done
DOCKER_HOST=unix://$work/socket "$@"
