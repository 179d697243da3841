"""Delivers a library as a wheel that is installed when a task starts, instead of in an image."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kfp_compiler.errors import CompileError
from kfp_compiler.images import containers
from kfp_compiler.request import Wheel

_DECORATORS = ("component", "notebook_component")


def deliver_wheels(wheels: Sequence[Wheel]) -> None:
    """Make KFP's decorators use wheels instead of the images that they replace.

    KFP then compiles each component as if it had been written for the wheel. A decorator that was
    not imported from `kfp.dsl` keeps the image, which `check_placeholders` reports.
    """
    from kfp import dsl

    by_placeholder = {wheel.placeholder: wheel for wheel in wheels}
    for name in _DECORATORS if wheels else ():
        setattr(dsl, name, _delivering(getattr(dsl, name), by_placeholder))


def check_wheels(deployment_spec: object, wheels: Sequence[Wheel]) -> None:
    """Check that every wheel is installed by at least one component.

    Raises:
        CompileError: If one is not.
    """
    commands = [
        " ".join(container["command"])
        for container in containers(deployment_spec)
        if "command" in container
    ]
    for wheel in wheels:
        if not any(wheel.requirement in command for command in commands):
            raise CompileError(
                f"base_image of at least one component must be {wheel.placeholder!r}, which "
                f"{wheel.requirement} replaces, but no component has it. Use it or drop "
                f"{wheel.label}."
            )


def _delivering(decorator: Callable, wheels: Mapping[str, Wheel]) -> Callable:
    @functools.wraps(decorator)
    def decorate(func: Callable | None = None, **options: Any) -> object:
        if wheel := wheels.get(options.get("base_image")):
            options |= _delivered(options, wheel)
        return decorator(func, **options)

    return decorate


def _delivered(options: Mapping[str, Any], wheel: Wheel) -> dict[str, object]:
    packages = [*(options.get("packages_to_install") or []), wheel.requirement]
    added = {
        name: [*(options.get(name) or []), *getattr(wheel, name)] or None
        for name in ("pip_index_urls", "pip_trusted_hosts")
    }
    return {"base_image": wheel.base_image, "packages_to_install": packages, **added}
