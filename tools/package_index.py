"""Hands the machine's pip configuration to uv, which does not read it."""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping

# What pip asks where no configuration says otherwise; it has no public name.
from pip._internal.models.index import PyPI

__all__ = ["pip_options", "uv_environment"]

_VARIABLES = {
    "cert": "SSL_CERT_FILE",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
}


def pip_options() -> dict[str, str]:
    """Return pip's options of this machine: its files, then its environment.

    Returns:
        Option names without their section, such as `index-url`; the environment wins.

    Raises:
        subprocess.CalledProcessError: If a configuration file is broken; pip says which.
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
    """Return the environment in which uv asks the index that pip asks.

    uv takes a package from the first index that has it. The extra ones come last, so that a
    partial mirror of this machine does not decide what everyone's lock says.

    Args:
        options: pip's options, as `pip_options` returns them.
        environ: The environment to extend. What it says to uv already is kept.
    """
    main = options.get("index-url", PyPI.simple_url)
    indexes = [main, *options.get("extra-index-url", "").split()]
    told = {_VARIABLES[k]: " ".join(v.split()) for k, v in options.items() if k in _VARIABLES}
    # The one list of uv's that is separated by commas.
    told |= {k: v.replace(" ", ",") for k, v in told.items() if k == "UV_FIND_LINKS"}
    return {"UV_DEFAULT_INDEX": main, "UV_INDEX": " ".join(indexes), **told, **environ}
