"""How repository rules run Python."""

visibility("//python/...")

# pip must not prompt. Its own configuration determines the index, the certificates and the cache.
_ENVIRONMENT = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_REQUIRE_VIRTUALENV": "0",
}

def find_python(ctx, version):
    """Finds an interpreter.

    Args:
        ctx: a repository's or a module extension's context.
        version: the version, such as `3.13`.

    Returns:
        Its path.
    """
    program = "python" + version
    python = ctx.which(program)
    if not python:
        fail("pip.parse.python_version must be one of this machine, got {}: there is no {} on PATH.".format(version, program))
    return python

def run_python(ctx, python, arguments, timeout = 600):
    """Runs Python without PYTHONPATH and similar variables, and without writing bytecode.

    Args:
        ctx: a repository's or a module extension's context.
        python: path of the interpreter.
        arguments: the arguments of Python.
        timeout: time limit in seconds.

    Returns:
        The exec_result.
    """
    return ctx.execute([python, "-I", "-B"] + arguments, environment = _ENVIRONMENT, timeout = timeout)
