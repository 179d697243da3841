"""Applies the rules to a definition, and reports their findings."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from kfp_compiler.errors import CompileError, TrapError
from kfp_compiler.traps import caching, images, imports, sizes, texts
from kfp_compiler.traps.definition import Definition, Finding
from kfp_compiler.traps.lines import Lines

Rule = Callable[[Definition], Iterator[Finding]]
_RULES: tuple[Rule, ...] = (
    caching.cached_collection,
    caching.cached_outside_input,
    imports.importer_of_output,
    imports.importer_uri,
    imports.unguarded_import,
    sizes.argument_too_large,
    sizes.collection_too_large,
    sizes.definition_too_large,
    sizes.no_requests,
    texts.parameter_in_constant,
    texts.substituted_source,
    texts.substituted_text,
)
_ADVICE = "To permit {} to break a rule that does not fit, set allow = {{RULE: REASON}}."
RULES = tuple(sorted([*(rule.__name__ for rule in _RULES), images.undigested_image.__name__]))


@dataclass(frozen=True)
class Options:
    """The settings for traps in the BUILD file of a pipeline.

    Attributes:
        label: The pipeline's Bazel label.
        source: Its Python file.
        strict: Whether every finding is an error.
        allow: The rules that may be broken, each with the reason.
    """

    label: str
    source: str
    strict: bool
    allow: Mapping[str, str]


def report_traps(
    definition: Definition, repositories: Iterable[str], options: Options, lines: Lines
) -> None:
    """Print the findings of the rules, or fail.

    Args:
        definition: The compiled pipeline, with the references of its images.
        repositories: The repositories of the images that are built with it.
        options: The settings in the BUILD file.
        lines: The source lines on which its tasks are created.

    Raises:
        TrapError: If a finding is fatal, or if there is any finding in a strict pipeline.
        CompileError: If `allow` has an entry that is invalid or not needed.
    """
    found = find_traps(definition, repositories)
    _check_allowed(options, found)
    kept = [finding for finding in found if finding.rule not in options.allow]
    texts = {finding: _describe(finding, definition, lines, options.source) for finding in kept}
    errors = [text for finding, text in texts.items() if finding.fatal or options.strict]
    if errors:
        raise TrapError("\n".join([*errors, _ADVICE.format(options.label)]))
    for text in texts.values():
        print(f"WARNING: {text}", file=sys.stderr)


def find_traps(definition: Definition, repositories: Iterable[str]) -> list[Finding]:
    """Return the findings of the rules without duplicates.

    Args:
        definition: The compiled pipeline, with the references of its images.
        repositories: The repositories of the images that are built with it.
    """
    found = [finding for rule in _RULES for finding in rule(definition)]
    found += images.undigested_image(definition, repositories)
    return list({(f.rule, f.what, f.message): f for f in found}.values())


def _check_allowed(options: Options, found: Iterable[Finding]) -> None:
    broken = {finding.rule for finding in found}
    field = f"{options.label}.allow"
    for rule, reason in options.allow.items():
        if rule not in RULES:
            raise CompileError(f"{field} must name some of the rules {RULES}, got {rule!r}.")
        if not reason.strip():
            raise CompileError(f"{field} must give a reason for {rule!r}, got {reason!r}.")
        if rule not in broken:
            raise CompileError(f"{field} must name rules that are broken, got {rule!r}. Remove it.")


def _describe(finding: Finding, definition: Definition, lines: Lines, source: str) -> str:
    place = (lines.place(definition, finding.task) if finding.task else "") or source
    return f"{place}: {finding.what} {finding.message} [{finding.rule}]"
