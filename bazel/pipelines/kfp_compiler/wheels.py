"""Delivers a library to components as a wheel, installed when a task starts, in place of an image."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kfp_compiler.errors import CompileError
from kfp_compiler.images import containers
from kfp_compiler.request import Wheel

_DECORATORS = ("component", "notebook_component")


def deliver_wheels(wheels: Sequence[Wheel]) -> None:
    """Make KFP's decorators take wheels for the images they stand in for.

    What is compiled then is what KFP makes of a component that was written for the wheel. A
    decorator that was imported from elsewhere than `kfp.dsl` keeps the image, which
    `check_placeholders` finds.
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
                f"{wheel.requirement} stands in for; none is. Use that base_image or drop "
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
