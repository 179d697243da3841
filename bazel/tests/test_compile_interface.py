"""The interface that is written together with a normal form."""

import json
import os
from pathlib import Path

_FEATURES = Path(os.environ["FEATURES"]).parent


def test_interface_of_a_component(compile_text, tmp_path):
    """The interface lists parameters and artifacts, with their types as in the IR."""
    text = (_FEATURES / "single_component.py").read_text(encoding="utf-8")
    out = tmp_path / "interface"
    flags = ["--function=single_component", f"--interface={out}", "--version=1.2.3"]
    assert compile_text(text, *flags, kind="component").text
    assert json.loads(out.read_text(encoding="utf-8")) == {
        "name": "single-component",
        "version": "1.2.3",
        "inputs": {
            "name": {"type": "STRING", "optional": True},
            "rows": {"type": "NUMBER_INTEGER", "optional": False},
        },
        "outputs": {"Output": {"type": "STRING"}, "data": {"type": "system.Dataset"}},
    }
