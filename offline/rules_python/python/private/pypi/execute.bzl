"""How repository rules run Python."""

visibility("//python/...")

# pip asks nothing. Where the index is, how it is trusted and what is cached stays its business.
_ENVIRONMENT = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_REQUIRE_VIRTUALENV": "0",
}

def find_python(ctx, version):
    """Finds an interpreter.

    Args:
        ctx: a repository's or a module extension's context.
        version: such as `3.13`.

    Returns:
        Its path.
    """
    program = "python" + version
    python = ctx.which(program)
    if not python:
        fail("pip.parse.python_version must be one of this machine, got {}: there is no {} on PATH.".format(version, program))
    return python

def run_python(ctx, python, arguments, timeout = 600):
    """Runs Python, untouched by PYTHONPATH and the like, and leaves no bytecode beside the scripts.

    Args:
        ctx: a repository's or a module extension's context.
        python: path of the interpreter.
        arguments: what to run.
        timeout: seconds it may take.

    Returns:
        The exec_result.
    """
    return ctx.execute([python, "-I", "-B"] + arguments, environment = _ENVIRONMENT, timeout = timeout)
