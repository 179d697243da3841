"""Finds compiled modules that are not the result of compiling their sources.

This is a separate program, which is run by the Python that the modules were compiled for, without
any installed packages and without this one, because reading foreign bytecode can crash a process.

Standard input: a JSON list of [path, source, compiled], the last two in Base64.
Standard output: a JSON list of the paths of modules that do not match their sources.
"""

import base64
import importlib.util
import json
import marshal
import sys
import types

_HEADER_SIZE = 16
_UNCHECKED_HASH = (1).to_bytes(4, "little")


def fits(path: str, source: bytes, compiled: bytes) -> bool:
    """Return whether `compiled` is the result of compiling the source; see PEP 552."""
    header, body = compiled[:_HEADER_SIZE], compiled[_HEADER_SIZE:]
    wanted = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(source)
    if header != wanted:
        return False
    try:
        found = marshal.loads(body)
        expected = compile(source, path, "exec", dont_inherit=True, optimize=0)
    except (EOFError, ValueError, TypeError, SyntaxError):
        return False
    return isinstance(found, types.CodeType) and _same(found, expected)


def _same(found: types.CodeType, expected: types.CodeType) -> bool:
    """Compare two code objects including their file names, which equality ignores."""
    if found != expected or found.co_filename != expected.co_filename:
        return False
    return all(
        not isinstance(one, types.CodeType) or _same(one, other)
        for one, other in zip(found.co_consts, expected.co_consts, strict=True)
    )


if __name__ == "__main__":
    print(
        json.dumps(
            [
                path
                for path, source, compiled in json.load(sys.stdin)
                if not fits(path, base64.b64decode(source), base64.b64decode(compiled))
            ]
        )
    )
