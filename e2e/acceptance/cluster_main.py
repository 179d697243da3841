"""Checks on a cluster that this repository works as described: `bazel run //e2e:cluster`.

This runs every pipeline of the library on its own data, prints a table of the results, and removes
what it has created. If it is killed, the next run removes what is left behind.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from kfp_launcher import server

from e2e.acceptance.backend import Backend
from e2e.acceptance.checks import (
    caching,
    condition,
    failure,
    image,
    manifests,
    results,
    schedules,
    shards,
    uploads,
    volume,
)
from e2e.acceptance.library import Library
from e2e.acceptance.outcome import (
    BROKEN,
    HELD,
    NOT_SHOWN,
    BrokenError,
    NotShownError,
    Outcome,
    table,
    write_junit,
)
from e2e.acceptance.stage import Stage
from e2e.acceptance.store import Store

# The order matters: the first check pushes the images that the others run.
_CHECKS: tuple[ModuleType, ...] = (
    image,
    uploads,
    schedules,
    manifests,
    failure,
    results,
    volume,
    caching,
    shards,
    condition,
)
_NAME = "kfp-component-lib-e2e"
_JUNIT = "cluster.xml"


def main() -> int:
    """Run the checks; return 0 if none is broken, 1 if one is, and 2 without a server."""
    options = _options()
    built = _built()
    try:
        client = server.connect(options)
    except server.ERRORS as error:
        print(server.explain(error, options), file=sys.stderr)
        return 2
    store = Store(options.root.format(options.name), options.store.format(options.name))
    backend = Backend(
        client,
        options.namespace,
        options.name,
        f"{store.root}/runs",
        time.monotonic() + 60 * options.minutes,
    )
    library = Library(built["definitions"], built["programs"])
    pipelines = [definition.name for definition in library.definitions.values()]
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(
            backend=backend,
            store=store,
            library=library,
            folder=Path(folder),
            server_flags=_server_flags(options),
            experiment=options.name,
            version=f"{options.name}-{time.strftime('%Y%m%d-%H%M%S')}",
            namespace=options.namespace or "kubeflow",
            manifests=built["manifests"][0],
            claim=options.claim,
            shards=options.shards,
            push=lambda: _push(library, built, options.push_to),
        )
        _say_removed("left by an earlier run", stage, options.name, pipelines)
        chosen = [check for check in _CHECKS if _name(check) in options.only]
        try:
            outcomes = [outcome_of(check, stage) for check in chosen]
        finally:
            _say_removed("made by this run", stage, options.name, pipelines)
    print(table(outcomes))
    file = Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), options.junit)
    write_junit(outcomes, file)
    print(f"JUnit: {file}")
    return int(any(outcome.state == BROKEN for outcome in outcomes))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bazel run //e2e:cluster --", description=__doc__, allow_abbrev=False
    )
    names = [_name(check) for check in _CHECKS]
    parser.add_argument(
        "--name",
        default=_NAME,
        help="name of the experiment and prefix of the versions, by which a run finds what an "
        "earlier one has left; runs at the same time need different names (default: %(default)s)",
    )
    parser.add_argument(
        "--root",
        default="minio://mlpipeline/{}",
        help="folder in the object store, as the cluster names it; {} is replaced by the name "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--store",
        default="s3://mlpipeline/{}?endpoint_override=localhost:9000&scheme=http",
        help="the same folder, as pyarrow reaches it from this machine with the credentials in the "
        "environment (default: %(default)s)",
    )
    parser.add_argument(
        "--push_to", help="repository to push to, if its name differs on this machine"
    )
    parser.add_argument(
        "--claim", default="", help="persistent volume claim that tasks may write to"
    )
    parser.add_argument("--shards", type=int, default=4, help="shards of sharded_data (default: 4)")
    parser.add_argument("--minutes", type=float, default=90, help="time limit (default: 90)")
    parser.add_argument(
        "--junit", default=_JUNIT, help="file for the results as JUnit XML (default: %(default)s)"
    )
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="the checks to run")
    return server.parse_server(parser, sys.argv[1:])


def _built() -> dict[str, list[Path]]:
    """Return the files that the BUILD file lists in environment variables, by variable."""
    names = ("crane", "definitions", "layout", "manifests", "programs")
    return {name: [Path(path) for path in os.environ[name.upper()].split()] for name in names}


def _server_flags(options: argparse.Namespace) -> list[str]:
    named = ("host", "token", "cookies", "namespace", "ca", "proxy", "kube_context")
    given = {name: getattr(options, name) for name in named}
    flags = [f"--{name}={value}" for name, value in given.items() if value]
    return [*flags, "--insecure"] if options.insecure else flags


def _push(library: Library, built: dict[str, list[Path]], push_to: str | None) -> str:
    """Push the index and all of its images by digest, without changing any tag."""
    (reference,) = {ref for ref in library.images() if ref.endswith(_digest(built["layout"][0]))}
    repository, _, digest = reference.partition("@")
    there = push_to or repository.rpartition(":")[0]
    command = [str(built["crane"][0]), "push", str(built["layout"][0]), f"{there}@{digest}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BrokenError(f"push to {there}: {done.stderr.strip()}")
    return f"pushed {there}@{digest[:19]}…"


def _digest(layout: Path) -> str:
    (entry,) = json.loads(layout.joinpath("index.json").read_text(encoding="utf-8"))["manifests"]
    return str(entry["digest"])


def outcome_of(check: ModuleType, stage: Stage) -> Outcome:
    """Run a check, print its start and its result, and return its outcome."""
    start = time.monotonic()
    print(f"{time.strftime('%H:%M:%S')} {_name(check)}: {check.HOLDS}", flush=True)
    try:
        state, seen = HELD, check.check(stage)
    except NotShownError as reason:
        state, seen = NOT_SHOWN, str(reason)
    except BrokenError as reason:
        state, seen = BROKEN, str(reason)
    except Exception:  # noqa: BLE001 - A check that crashes must not stop the others.
        state, seen = BROKEN, traceback.format_exc()
    print(f"{time.strftime('%H:%M:%S')} {state}: {seen}", flush=True)
    return Outcome(_name(check), check.HOLDS, state, seen, time.monotonic() - start)


def _say_removed(whose: str, stage: Stage, name: str, pipelines: Sequence[str]) -> None:
    removed = stage.backend.remove(f"{name}-", list(pipelines))
    files = stage.store.remove()
    print(
        f"removed what was {whose}: {len(removed)} objects of the server, {files} files", flush=True
    )


def _name(check: ModuleType) -> str:
    return check.__name__.rpartition(".")[2]


if __name__ == "__main__":
    sys.exit(main())
