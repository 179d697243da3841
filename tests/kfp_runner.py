"""Runs components and pipelines as KFP's local runner does: each one in a process of its own."""

import os
import sys
from pathlib import Path

from kfp import local


def start_runner(pipeline_root: Path) -> None:
    """Choose KFP's SubprocessRunner for every component called from now on in this process.

    `kfp.local.init` is global, so a process calls this once. The runner starts a Python that
    knows nothing of this process's imports: PYTHONPATH hands them down.

    Args:
        pipeline_root: Folder for what the components write.
    """
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(pipeline_root))
