"""What must be equal in a definition that the compile tool wrote and in the one that the SDK wrote.

It is the text, except for two things, which are compared by their content. The SDK writes the time, the
owner and the mode of each file into the archives of embedded files and notebooks; the tool does not. In
the comment at the head of a definition, the SDK writes dictionaries in another order in each process.
"""

import ast
import base64
import io
import re
import tarfile

import yaml

_DEFAULT = re.compile(r"(.* \[Default: )([\[{].*)\]")
_ARCHIVE = re.compile(r"(ARCHIVE_B64 = )'([^']*)'")


def comparable(definition: str) -> object:
    """Return what must be equal: the text without archives and the order of dictionaries."""
    lines = [_comment(line) if line.startswith("#") else line for line in definition.split("\n")]
    if not _ARCHIVE.search(definition):
        return lines
    comments = [line for line in lines if not isinstance(line, str) or line.startswith("#")]
    return comments, [_opened(document) for document in yaml.safe_load_all(definition)]


def _comment(line: str) -> object:
    """Return a line of the comment at the head, with any dictionary parsed."""
    default = _DEFAULT.fullmatch(line)
    return (default[1], ast.literal_eval(default[2])) if default else line


def _opened(value: object) -> object:
    """Return a document in which archives are replaced by their content."""
    if isinstance(value, dict):
        return {key: _opened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_opened(item) for item in value]
    return _ARCHIVE.sub(_contents, value) if isinstance(value, str) else value


def _contents(match: re.Match) -> str:
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(match[2]))) as archive:
        members = {
            member.name: archive.extractfile(member).read() if member.isreg() else member.type
            for member in archive
        }
    return f"{match[1]}{members}"
