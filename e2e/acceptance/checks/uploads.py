"""Checks that NAME.upload creates a version once, and refuses other content for it."""

import json

from kfp_launcher import upload
from kfp_launcher.definitions import without_cache

from e2e.acceptance.outcome import BrokenError
from e2e.acceptance.stage import Stage

HOLDS = "a version is uploaded once, and its content never changes"


def check(stage: Stage) -> str:
    """Upload each pipeline twice, and then other content under the name of a version."""
    named = f"--version_name={stage.version}"
    for expected in ("uploaded:", "unchanged:"):
        for name, path in stage.library.paths.items():
            code, printed = stage.call(upload.main, str(path), "", named)
            if code or not printed.startswith(expected):
                raise BrokenError(
                    f"{name}.upload must print {expected!r}, got {code} and {printed!r}"
                )
    other = without_cache(stage.library.definitions["tabular_training"])
    changed = stage.folder / "changed.json"
    changed.write_text(json.dumps(other.pipeline), encoding="utf-8")
    code, printed = stage.call(upload.main, str(changed), "", named)
    if code != 1 or "must have the content" not in printed:
        raise BrokenError(f"other content must be refused, got exit code {code} and {printed!r}")
    return f"{len(stage.library.paths)} pipelines: uploaded, unchanged, refused with other content"
