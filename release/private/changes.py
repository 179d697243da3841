"""What the changelog says of a version: the notes that are delivered with it.

Source:
    "Keep a Changelog" 1.1.0.
"""

from markdown_it import MarkdownIt
from packaging.version import Version

from kfp_component_lib.verification.bundle import notes_heading
from kfp_component_lib.verification.errors import DeliveryError


def changes_in(changelog: str, version: str) -> str:
    """Return the changelog's section of a version, as a document of its own.

    A pre-release has no section, because its changes belong to the release that it prepares: they
    are under [Unreleased].

    Raises:
        DeliveryError: If there is no such section.
    """
    titles = [version, "Unreleased"] if Version(version).is_prerelease else [version]
    sections = _sections(changelog)
    for title in titles:
        if (body := sections.get(f"[{title}]")) is not None:
            return f"{notes_heading(version)}\n\n{body}".rstrip() + "\n"
    raise DeliveryError(
        f"CHANGELOG.md must have a section {' or '.join(f'[{title}]' for title in titles)}, got "
        f"{sorted(sections)}. bazel run //release:bump makes it."
    )


def _sections(changelog: str) -> dict[str, str]:
    """Return the text of each section, by the first word of its heading."""
    lines, tokens = changelog.splitlines(keepends=True), MarkdownIt().parse(changelog)
    headings = [
        (token.map, tokens[number + 1].content)
        for number, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h2" and token.level == 0
    ]
    ends = [begin for (begin, _), _ in headings[1:]] + [len(lines)]
    return {
        title.partition(" ")[0]: "".join(lines[begin:end]).strip()
        for ((_, begin), title), end in zip(headings, ends, strict=True)
    }
