"""Passes this machine's pip configuration to uv, which does not read it."""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping

# pip's default index, for which pip has no public name.
from pip._internal.models.index import PyPI

__all__ = ["pip_options", "uv_environment"]

_VARIABLES = {
    "cert": "SSL_CERT_FILE",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
}


def pip_options() -> dict[str, str]:
    """Return the options of pip on this machine, from its files and its environment.

    Returns:
        Option names without their section, such as `index-url`; the environment takes precedence.

    Raises:
        subprocess.CalledProcessError: If a configuration file is invalid; pip says which one.
    """
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    pairs = [line.split("=", 1) for line in listing.splitlines()]
    ordered = sorted(pairs, key=lambda pair: pair[0].startswith(":env:"))
    return {key.rpartition(".")[2]: str(ast.literal_eval(value)) for key, value in ordered}


def uv_environment(options: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which uv uses the same index as pip.

    uv takes a package from the first index that has it. The extra indexes come last, so that a
    partial mirror on this machine does not determine the lock of everybody.

    Args:
        options: pip's options, as `pip_options` returns them.
        environ: The environment to extend. Variables for uv that it already contains are kept.
    """
    main = options.get("index-url", PyPI.simple_url)
    indexes = [main, *options.get("extra-index-url", "").split()]
    told = {_VARIABLES[k]: " ".join(v.split()) for k, v in options.items() if k in _VARIABLES}
    # The only list in uv's environment that is separated by commas.
    told |= {k: v.replace(" ", ",") for k, v in told.items() if k == "UV_FIND_LINKS"}
    return {"UV_DEFAULT_INDEX": main, "UV_INDEX": " ".join(indexes), **told, **environ}
