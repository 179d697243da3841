"""Tests of the content of a bundle."""

import os
from pathlib import Path

import pytest

from kfp_component_lib.verification.errors import DeliveryError
from release.private.bundle_file import check_pipeline_names


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
