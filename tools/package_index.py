"""Hands the machine's pip configuration to uv, which does not read it."""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping

__all__ = ["pip_options", "uv_environment"]

# What pip calls it, and what uv does.
_SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
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
    from_environment = {k: v for k, v in pairs if k.startswith(":env:")}
    ordered = {**{k: v for k, v in pairs if k not in from_environment}, **from_environment}
    return {key.rpartition(".")[2]: str(ast.literal_eval(value)) for key, value in ordered.items()}


def uv_environment(options: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which uv asks the index that pip asks.

    Args:
        options: pip's options, as `pip_options` returns them.
        environ: The environment to extend. What it says to uv already is kept.
    """
    translated = {_SETTINGS[k]: " ".join(v.split()) for k, v in options.items() if k in _SETTINGS}
    # uv separates these by commas.
    if "UV_FIND_LINKS" in translated:
        translated["UV_FIND_LINKS"] = translated["UV_FIND_LINKS"].replace(" ", ",")
    # Of several indexes pip takes the best answer, uv by default the first.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", **translated, **environ}
