"""Uploads a compiled pipeline as a version of a pipeline of the server, once."""

import argparse
import json
import sys

import kfp_server_api

from kfp_launcher import server
from kfp_launcher.definitions import Definition, from_server, read_definition
from kfp_launcher.versions import find_pipeline, find_version, version_name


def main(arguments: list[str]) -> int:
    """Upload; return 0 if the server has this version with this content."""
    package, version, *rest = arguments
    definition = read_definition(package)
    options = _parse(definition, version, rest)
    name = options.version_name or version_name(version, definition, release=options.release)
    try:
        return _upload(server.connect(options), package, definition, name, options)
    except server.ERRORS as error:
        print(server.explain(error, options), file=sys.stderr)
        return 1


def _parse(definition: Definition, version: str, arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"{definition.name}.upload", description=__doc__, allow_abbrev=False
    )
    parser.add_argument(
        "--release",
        action="store_true",
        help=f"name the version {version or 'after the module'}; its default name has a digest",
    )
    parser.add_argument("--version_name", help="name the version like this")
    parser.add_argument(
        "--tag",
        type=_tag,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a tag for the version, if it is new",
    )
    options = server.parse_server(parser, arguments)
    if options.release and not version:
        parser.error("--release requires a version. Add one to MODULE.bazel.")
    return options


def _tag(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"must be KEY=VALUE, got {text!r}")
    return key, value


def _upload(
    client: kfp_server_api.ApiClient,
    package: str,
    definition: Definition,
    name: str,
    options: argparse.Namespace,
) -> int:
    pipeline_id = _pipeline(client, definition, options.namespace)
    known = find_version(client, pipeline_id, name)
    if known is None:
        upload = kfp_server_api.PipelineUploadServiceApi(client)
        tags = {"tags": json.dumps(dict(options.tag))} if options.tag else {}
        made = upload.upload_pipeline_version(
            package, name=name, display_name=name, pipelineid=pipeline_id, **tags
        )
        print(f"uploaded: pipeline {definition.name}, version {name} ({made.pipeline_version_id})")
        return 0
    found = from_server(known.pipeline_spec)
    if found == definition:
        print(f"unchanged: pipeline {definition.name}, version {name}")
        if options.tag and (known.tags or {}) != dict(options.tag):
            print(f"its tags stay as they are: {known.tags or {}}")
        return 0
    print(
        f"version {name} of {definition.name} must have the content that the server already has "
        f"(digest {found.digest}), got {definition.digest}. A released version never changes: "
        "raise the version, or leave out --release.",
        file=sys.stderr,
    )
    return 1


def _pipeline(
    client: kfp_server_api.ApiClient, definition: Definition, namespace: str | None
) -> str:
    """Return the id of the pipeline; create it without a version if it does not exist."""
    found = find_pipeline(client, definition.name, namespace)
    if found is not None:
        return found
    made = kfp_server_api.PipelineServiceApi(client).pipeline_service_create_pipeline(
        kfp_server_api.V2beta1Pipeline(
            display_name=definition.name, name=definition.name, namespace=namespace
        )
    )
    return made.pipeline_id


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
