"""What the checks share: the cluster, the store, the library, and runs that several of them use."""

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from e2e.acceptance import tables
from e2e.acceptance.backend import Backend, Ended
from e2e.acceptance.library import Library
from e2e.acceptance.store import Store


@dataclass
class Stage:
    """What the checks share.

    Attributes:
        backend: The server.
        store: The object store.
        library: The pipelines.
        folder: A temporary folder on this machine.
        server_flags: The flags with which programs such as NAME.submit reach the server.
        experiment: The name of the experiment of all runs.
        version: The name of the versions that are uploaded.
        namespace: The namespace in which manifests are applied.
        manifests: The folder with the manifests.
        claim: A persistent volume claim that tasks may write to; empty if there is none.
        shards: How many shards `sharded_data` makes.
        push: A function that pushes the images by digest alone, and returns what it has done.
    """

    backend: Backend
    store: Store
    library: Library
    folder: Path
    server_flags: list[str]
    experiment: str
    version: str
    namespace: str
    manifests: Path
    claim: str
    shards: int
    push: Callable[[], str]

    @cached_property
    def training_values(self) -> dict[str, Any]:
        """The parameters of the training, whose data are first written to the store."""
        uri = self.store.put("train.csv", tables.csv(seed=1))
        return {"data_uri": uri, "label": tables.LABEL}

    @cached_property
    def training(self) -> Ended:
        """A run of the training that may use the cache, but whose data are new."""
        definition = self.library.definitions["tabular_training"]
        return self.backend.run(definition, self.training_values, cached=True).succeeded()

    @cached_property
    def training_here(self) -> dict[str, Any]:
        """The record of the same training on this machine."""
        return self.run_here("tabular_training", self.training_values)

    def run_here(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        """Run a pipeline on this machine, on copies of the data in the store that `values` name."""
        copies = {
            key: str(self.store.local_copy(value, self.folder))
            for key, value in values.items()
            if isinstance(value, str) and value.startswith(self.store.root)
        }
        return self.library.run_here(name, values | copies, self.folder / "runs")

    def call(self, program: Callable[[list[str]], int], *arguments: str) -> tuple[int, str]:
        """Call a program such as NAME.submit; return its exit code and what it has printed."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            code = program([*arguments, *self.server_flags])
        return code, printed.getvalue()
