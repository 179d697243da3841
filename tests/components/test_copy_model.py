"""Tests of the component copy_model, run by KFP's local runner."""

import hashlib

import pytest

from kfp_component_lib.components import copy_model


def test_a_model_is_copied(runner, tmp_path):
    """The copy has the same content as the model."""
    (tmp_path / "model").write_text("{}")
    digest = "sha256:" + hashlib.sha256(b"{}").hexdigest()
    task = runner.run(copy_model, model=tmp_path / "model", digest=digest)
    assert task.paths["model_out"].read_text() == "{}"


def test_another_model_is_refused(runner, tmp_path, capfd):
    """A model that has changed since its digest was taken is an error."""
    (tmp_path / "model").write_text("{}")
    with pytest.raises(RuntimeError, match="copy-model"):
        runner.run(copy_model, model=tmp_path / "model", digest="sha256:0")
    message = "copy_model.model must have the content with the digest sha256:0"
    assert message in "".join(capfd.readouterr())
