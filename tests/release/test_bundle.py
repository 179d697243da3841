"""Tests of the content of a bundle."""

import os
from pathlib import Path

import pytest
import yaml

from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.manifests import check_manifests
from release.private.bundle_file import check_pipeline_names
from release.private.changes import changes_in


@pytest.fixture
def pipelines():
    """The compiled pipelines of this workspace."""
    return {Path(path).name: Path(path).read_bytes() for path in os.environ["PIPELINES"].split()}


def test_pipelines_of_different_names_go_together(pipelines):
    """The pipelines of this workspace have different names."""
    check_pipeline_names(pipelines)


def test_two_pipelines_of_one_name_do_not(pipelines):
    """On a server, one of them would become a version of the other."""
    pipelines["scoring_again.yaml"] = pipelines["batch_scoring.yaml"]
    with pytest.raises(DeliveryError) as failure:
        check_pipeline_names(pipelines)
    assert str(failure.value) == (
        "pipelines of a bundle must have different names, got 'batch-scoring' in "
        "batch_scoring.yaml and in scoring_again.yaml. Rename one of them in its @dsl.pipeline."
    )


@pytest.fixture
def manifests():
    """The manifests of this workspace."""
    folder = Path(os.environ["MANIFESTS"])
    return {f"manifests/{path.name}": path.read_bytes() for path in folder.iterdir()}


def test_each_built_manifest_says_what_its_pipeline_says(pipelines, manifests):
    """All pipelines of this workspace, by the version that this build gives to each of them."""
    resources = yaml.safe_load(manifests.pop("manifests/kustomization.yaml"))["resources"]
    assert resources == sorted(f"{file.removesuffix('.yaml')}.manifest.yaml" for file in pipelines)
    for file, content in pipelines.items():
        name = f"{file.removesuffix('.yaml')}.manifest.yaml"
        alone = yaml.safe_dump(
            {
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "resources": [name],
            }
        ).encode()
        _, version = yaml.safe_load_all(manifests[f"manifests/{name}"])
        files = {
            file: content,
            f"manifests/{name}": manifests[f"manifests/{name}"],
            "manifests/kustomization.yaml": alone,
        }
        assert check_manifests(files, version["spec"]["versionName"]) == 1


def test_manifests_that_were_not_built_for_a_release_say_so(pipelines, manifests):
    """Their versions are named after their content, so that they cannot be taken for the release."""
    with pytest.raises(DeliveryError, match=r"another \[1\].*Build it with --config=release"):
        check_manifests({**pipelines, **manifests}, "0.0.1")


CHANGELOG = """\
# Changelog

## [Unreleased]

- Next.

```
## [0.3.0]
```

## [0.2.0] - 2026-12-01

### Upgrading

- Write `b` instead of `a`.

## [0.1.0] - 2026-11-26

- First.
"""


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("0.2.0", "# Changes in 0.2.0\n\n### Upgrading\n\n- Write `b` instead of `a`.\n"),
        ("0.1.0", "# Changes in 0.1.0\n\n- First.\n"),
        ("0.3.0rc1", "# Changes in 0.3.0rc1\n\n- Next.\n\n```\n## [0.3.0]\n```\n"),
    ],
)
def test_the_notes_are_the_section_of_the_version(version, text):
    """The section of a pre-release is the one of what is not released yet."""
    assert changes_in(CHANGELOG, version) == text


def test_a_version_that_the_changelog_does_not_name_has_no_notes():
    """A heading within a code block is not a section."""
    with pytest.raises(DeliveryError, match=r"must have a section \[0\.3\.0\], got .*\[0\.2\.0\]"):
        changes_in(CHANGELOG, "0.3.0")
