"""Rules about importers: where they may import from, and how KFP's cache treats them."""

import re
from collections.abc import Iterator

from kfp_compiler.traps.definition import ROOT, Definition, Finding, Task

# The schemes that KFP's launcher reads; `oci` is only for models.
_SCHEMES = ("gs", "s3", "minio", "mem", "oci")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_URI = "uri"


def importer_uri(definition: Definition) -> Iterator[Finding]:
    """Find importers with URIs that the launcher cannot fetch."""
    for task in _importers(definition):
        uri = _constant_uri(definition, task)
        match = _SCHEME.match(uri or "")
        if uri and (not match or match[1] not in _SCHEMES):
            yield Finding(
                "importer_uri",
                f"{task.name}.artifact_uri",
                f"must begin with one of {', '.join(f'{s}://' for s in _SCHEMES)}, got {uri!r}: "
                "no pod sees a path of this machine, and the launcher reads no other store. Make "
                "it a parameter of the pipeline without a default, or copy it to such a store.",
                task,
                fatal=True,
            )


def importer_of_output(definition: Definition) -> Iterator[Finding]:
    """Find importers whose URI is computed by a task."""
    for task in _importers(definition):
        source = task.parameters.get(_URI, {})
        if "taskOutputParameter" in source:
            producer = source["taskOutputParameter"]["producerTask"]
            yield Finding(
                "importer_of_output",
                f"{task.name}.artifact_uri",
                f"must be a constant or an input of its pipeline, got an output of {producer}: "
                "KFP's launcher looks for it among the inputs of the DAG only. Put the importer "
                "into a pipeline that takes the URI as its parameter, and pass the output to that.",
                task,
                fatal=True,
            )


def unguarded_import(definition: Definition) -> Iterator[Finding]:
    """Find cached tasks that read an imported artifact and do not notice when it changes."""
    for task in _importers(definition):
        if task.importer.get("reimport"):
            continue
        for reader in _readers(definition, task.dag, task.name):
            if reader.is_cached and not _has_digest(definition, task, reader):
                yield Finding(
                    "unguarded_import",
                    f"{task.name}.reimport",
                    f"must be True, or {reader.name} must take a digest of the content: KFP's "
                    "cache compares the URI and not the content behind it, so changed data "
                    "would get old results. Use import_dataset or import_model of "
                    "kfp_component_lib.pipelines, or do the same as they do.",
                    task,
                )
                break


def _importers(definition: Definition) -> Iterator[Task]:
    return (task for task in definition.tasks if task.importer)


def _constant_uri(definition: Definition, task: Task) -> str | None:
    """Return the URI if the definition has it as a constant or as the pipeline's default."""
    source = task.parameters.get(_URI, {})
    value = source.get("runtimeValue", {}).get("constant")
    if "componentInputParameter" in source and task.dag == ROOT:
        ports = definition.root.get("inputDefinitions", {}).get("parameters", {})
        value = ports.get(source["componentInputParameter"], {}).get("defaultValue")
    return value if isinstance(value, str) and "{{$" not in value else None


def _readers(definition: Definition, dag: str, producer: str) -> Iterator[Task]:
    """Yield the tasks with a container that read an artifact of a task, also in inner DAGs."""
    for task in definition.inside(dag).values():
        for name, source in task.artifacts.items():
            if source.get("taskOutputArtifact", {}).get("producerTask") == producer:
                yield from _readers_of_input(definition, task, name)


def _readers_of_input(definition: Definition, task: Task, name: str) -> Iterator[Task]:
    if task.executor:
        yield task
        return
    for inner in definition.inside(task.spec["componentRef"]["name"]).values():
        for own, source in inner.artifacts.items():
            if source.get("componentInputArtifact") == name:
                yield from _readers_of_input(definition, inner, own)


def _has_digest(definition: Definition, imported: Task, reader: Task) -> bool:
    """Return whether a reader gets an output of a task that reads the same URI in every run."""
    siblings = definition.inside(imported.dag)
    for source in reader.parameters.values():
        producer = siblings.get(source.get("taskOutputParameter", {}).get("producerTask", ""))
        if reader.dag == imported.dag and producer and not producer.is_cached:
            for artifact in producer.artifacts.values():
                name = artifact.get("taskOutputArtifact", {}).get("producerTask", "")
                fresh = siblings.get(name)
                if fresh and fresh.importer.get("reimport") and _same_uri(fresh, imported):
                    return True
    return False


def _same_uri(one: Task, other: Task) -> bool:
    return one.parameters.get(_URI) == other.parameters.get(_URI)
