"""Runs every component of these tests through KFP's local runner."""

import pytest
from kfp_runner import start_runner


@pytest.fixture(scope="session", autouse=True)
def pipeline_root(tmp_path_factory):
    """Folder that the components of this process write below."""
    root = tmp_path_factory.mktemp("pipeline_root")
    start_runner(root)
    return root
