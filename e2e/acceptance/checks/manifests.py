"""Checks that //pipelines:manifests can be applied repeatedly, and that versions are immutable."""

import shutil
import subprocess
from pathlib import Path

import yaml

from e2e.acceptance.outcome import BrokenError, NotShownError
from e2e.acceptance.stage import Stage

HOLDS = "manifests can be applied; applying them again changes nothing; other content is refused"


def check(stage: Stage) -> str:
    """Apply the manifests, apply them again, and apply other content under the same name."""
    if not stage.backend.keeps_pipelines_in_kubernetes():
        raise NotShownError("this server keeps its pipelines in its database, not in Kubernetes")
    if not shutil.which("kubectl"):
        raise NotShownError("there is no kubectl on PATH")
    made = _kubectl(stage, "apply", "-k", str(stage.manifests))
    try:
        return _seen(stage, made)
    finally:
        # Delete only what this test has created.
        for line in made.splitlines():
            name, _, what = line.partition(" ")
            if what == "created":
                _kubectl(stage, "delete", "--ignore-not-found", name)


def _seen(stage: Stage, made: str) -> str:
    again = _kubectl(stage, "apply", "-k", str(stage.manifests))
    if not all(line.endswith(" unchanged") for line in again.splitlines()):
        raise BrokenError(f"applying the same manifests again must change nothing, got:\n{again}")
    versions = [_version(path) for path in sorted(stage.manifests.glob("*.manifest.yaml"))]
    for version in versions:
        spec = version["spec"]
        known = stage.backend.versions(spec["pipelineName"])
        if spec["displayName"] not in known:
            raise BrokenError(f"the server must list {version['metadata']['name']}, got {known}")
    refused = _refusal(stage, versions[0])
    return f"{len(made.splitlines())} objects; applied again: unchanged; other content: {refused}"


def _version(path: Path) -> dict:
    _, version = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    return version


def _refusal(stage: Stage, version: dict) -> str:
    version["spec"]["pipelineSpec"]["pipelineInfo"]["description"] = "another"
    file = stage.folder / "changed.yaml"
    file.write_text(yaml.safe_dump(version), encoding="utf-8")
    try:
        said = _kubectl(stage, "apply", "-f", str(file))
    except BrokenError as refusal:
        if "immutable" in str(refusal):
            return "immutable"
        raise
    raise BrokenError(f"other content for a version must be refused, got:\n{said}")


def _kubectl(stage: Stage, *arguments: str) -> str:
    done = subprocess.run(
        ["kubectl", "--namespace", stage.namespace, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BrokenError(f"kubectl {arguments[0]}: {done.stderr.strip()}")
    return done.stdout
