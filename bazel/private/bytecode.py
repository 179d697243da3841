"""Bytecode that depends only on the source and on its path."""

import importlib.util
import marshal

_UNCHECKED_HASH = (1).to_bytes(4, "little")


def bytecode(source: bytes, path: str) -> bytes:
    """Compile a module to a .pyc that Python loads without checking the time of its source.

    The rules run this with PYTHONNODEBUGRANGES: tracebacks keep file and line, but not the columns,
    which would be a fifth of all bytecode.

    Args:
        source: The source of the module.
        path: Absolute path of the module in the image, which tracebacks show.

    Returns:
        An unchecked hash-based .pyc.

    Raises:
        SyntaxError: If this Python cannot compile the source.

    Source:
        PEP 552, Deterministic pycs.
    """
    code = compile(source, path, "exec", dont_inherit=True, optimize=0)
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(source)
    return header + marshal.dumps(code)
