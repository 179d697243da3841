"""The index.html of a run: its tasks and results, and reports that a browser can open."""

import html
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from markdown_it import MarkdownIt

from kfp_launcher import report
from kfp_launcher.records import Artifact, Run

_REPORTS = "reports"
_HTML, _MARKDOWN = "system.HTML", "system.Markdown"
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em }
table { border-collapse: collapse; margin: 1em 0 }
td, th { border: 1px solid #ccc; padding: .2em .6em; text-align: left; vertical-align: top }
pre { background: #f4f4f4; overflow: auto; padding: .6em; white-space: pre-wrap }
.failed { color: #b00020 }
"""


def write(run: Run) -> Path:
    """Write index.html to the run's folder, and the reports that it links to; return it."""
    (run.folder / _REPORTS).mkdir(exist_ok=True)
    parts = [
        f'<p class="{run.state}">{run.state} in {run.seconds:.1f} s</p>',
        _section("Parameters", ("name", "value"), [_texts(p) for p in run.arguments.items()]),
        _section("Tasks", ("task", "state", "seconds", "log"), _tasks(run)),
        _section("Metrics", ("task", "name", "value"), map(_texts, report.metrics(run))),
        _section("Values", ("task", "name", "value"), map(_texts, report.values(run))),
        _section("Artifacts", ("task", "artifact", "type", "path", "metadata"), _artifacts(run)),
    ]
    page = run.folder / "index.html"
    page.write_text(_page(run.folder.name, "\n".join(parts)), encoding="utf-8")
    return page


def _page(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}'
        f"</title><style>{_STYLE}</style></head>\n<body><h1>{html.escape(title)}</h1>\n{body}\n"
        "</body></html>\n"
    )


def _section(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose cells are HTML, or an empty text if it has no rows."""
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    names = "".join(f"<th>{name}</th>" for name in head)
    return "\n".join([f"<h2>{title}</h2>", f"<table><tr>{names}</tr>", *lines, "</table>"]) * bool(
        lines
    )


def _texts(cells: Iterable[object]) -> list[str]:
    return [html.escape(str(cell)) for cell in cells]


def _tasks(run: Run) -> Iterable[Sequence[str]]:
    for task in run.tasks:
        reason = f"<pre>{html.escape(task.reason)}</pre>" if task.reason else ""
        state = f'<span class="{task.state}">{task.state}</span>{reason}'
        log = _link(run, task.log, "log") if task.log else ""
        yield html.escape(task.name), state, f"{task.seconds:.1f}", log


def _artifacts(run: Run) -> Iterable[Sequence[str]]:
    for task, name, artifact in report.artifacts(run):
        metadata = json.dumps(artifact.metadata, indent=2, default=str) if artifact.metadata else ""
        yield (
            *_texts((task.name, name, artifact.kind)),
            _link(run, _opened(run, artifact), artifact.path),
            f"<details><summary>show</summary><pre>{html.escape(metadata)}</pre></details>"
            if metadata
            else "",
        )


def _opened(run: Run, artifact: Artifact) -> Path:
    """Return the path that a browser opens for an artifact; a report gets a file with a suffix."""
    path = Path(artifact.path)
    if artifact.type not in (_HTML, _MARKDOWN) or not path.is_file():
        return path
    place = path.relative_to(run.folder) if path.is_relative_to(run.folder) else Path(path.name)
    target = run.folder / _REPORTS / (".".join(place.parts) + ".html")
    if artifact.type == _HTML:
        target.unlink(missing_ok=True)
        target.symlink_to(os.path.relpath(path, target.parent))
    else:
        # Markdown may contain HTML, but the content of a table's cell must not become markup.
        markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        text = path.read_text(encoding="utf-8", errors="replace")
        target.write_text(_page(target.stem, markdown.render(text)), encoding="utf-8")
    return target


def _link(run: Run, path: Path, text: str) -> str:
    target = quote(os.path.relpath(path, run.folder))
    return f'<a href="{target}">{html.escape(text)}</a>'
