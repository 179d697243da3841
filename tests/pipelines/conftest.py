"""Runs every pipeline of these tests through KFP's local runner."""

import pytest
from kfp_runner import Runner


@pytest.fixture(scope="session")
def runner(tmp_path_factory):
    """The one runner of this process."""
    return Runner(tmp_path_factory.mktemp("pipeline_root"))
