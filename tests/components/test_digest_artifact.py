"""Tests of the component digest_artifact, run by KFP's local runner."""

import hashlib

from kfp_component_lib.components import digest_artifact


def test_the_digest_of_a_file(runner, tmp_path):
    """The output equals that of sha256sum."""
    (tmp_path / "data").write_bytes(b"rows")
    task = runner.run(digest_artifact, data=tmp_path / "data")
    expected = "sha256:" + hashlib.sha256(b"rows").hexdigest()
    assert task.parameters == {"Output": expected}
