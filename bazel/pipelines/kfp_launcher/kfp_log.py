"""Redirects the log messages of KFP while it runs a pipeline."""

import contextlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def logged(file: Path, verbose: bool) -> Iterator[None]:
    """Send KFP's messages to a file or to stdout; turn the dangerous warnings into errors."""
    root = logging.getLogger()
    level = root.level
    with file.open("w", encoding="utf-8") as opened:
        stream = sys.stdout if verbose else opened
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
        root.addHandler(handler)
        root.addFilter(_refuse_to_guess)
        root.setLevel(logging.INFO)
        logging.captureWarnings(True)
        try:
            with contextlib.redirect_stdout(stream):
                yield
        finally:
            logging.captureWarnings(False)
            root.setLevel(level)
            root.removeFilter(_refuse_to_guess)
            root.removeHandler(handler)


def _refuse_to_guess(record: logging.LogRecord) -> bool:
    """Raise an error if KFP's orchestrator warns that it cannot evaluate a condition or a loop.

    It would otherwise continue as if the condition were false or the loop were empty.
    """
    if record.module == "enhanced_dag_orchestrator" and record.levelno == logging.WARNING:
        raise RuntimeError(f"KFP's local runner: {record.getMessage()}")
    return True
