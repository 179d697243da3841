"""Bytecode that depends on the source and on its place alone."""

import importlib.util
import marshal

_UNCHECKED_HASH = (1).to_bytes(4, "little")


def bytecode(source: bytes, path: str) -> bytes:
    """Compile a module to the .pyc that Python loads without looking at its source's time.

    The rules run this with PYTHONNODEBUGRANGES: tracebacks keep file and line, not the columns,
    which would be a fifth of all bytecode.

    Args:
        source: The module's source.
        path: Absolute path of the module in the image, as tracebacks shall show it.

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
