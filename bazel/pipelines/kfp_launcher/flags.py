"""The command line of NAME.run and NAME.submit: parameters of a pipeline, and their own flags.

A flag of the program has its plain name unless the pipeline has a parameter of that name. It can
always be written as `--kfp_NAME`.
"""

import argparse
import difflib
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

from kfp.dsl.base_component import BaseComponent
from kfp.dsl.structures import InputSpec
from kfp.dsl.types import type_utils

from kfp_launcher import values

_OWN = "kfp_"
_PARAMETER = "parameter "


class _Parser(argparse.ArgumentParser):
    """Reports errors in two lines, which the usage of many parameters would hide."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}\n--help lists all flags.", file=sys.stderr)
        sys.exit(2)


class CommandLine:
    """The flags of a program for a pipeline or component.

    Attributes:
        inputs: The inputs that a user can give, by name.
    """

    def __init__(self, component: BaseComponent, artifacts: bool):
        """Add the flags for the parameters.

        Args:
            component: The pipeline or component.
            artifacts: Whether the program takes artifacts, as paths of this machine.
        """
        self.inputs = dict(_inputs(component))
        self._artifacts = artifacts
        self._known: dict[str, argparse.Action] = {}
        self._flags: dict[str, str] = {}
        self._instead: set[str] = set()
        self._parser = _Parser(
            prog=component.name,
            description=component.description,
            allow_abbrev=False,
            add_help=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self._parameters = self._parser.add_argument_group("parameters")
        self._own = self._parser.add_argument_group(
            "flags",
            f"Each can be written --{_OWN}NAME, its only form if a parameter is called NAME.",
        )
        for name, spec in self.inputs.items():
            self._add_parameter(name, spec)
        self.add("help", "-h", action="help", help="show this help and exit")

    def add(self, name: str, *short: str, instead: bool = False, **options: Any) -> None:
        """Add a flag of the program itself.

        Args:
            name: Its name.
            *short: Further ways to write it.
            instead: Whether the flag replaces running the pipeline, so that required parameters may
                be left out.
            **options: Options of argparse.
        """
        if instead:
            self._instead.add(name)
        alias = _OWN + name
        while alias in self._known:
            alias = _OWN + alias
        self._flags[name] = alias if name in self._known else name
        action = self._own.add_argument(*short, f"--{self._flags[name]}", dest=name, **options)
        self._known |= dict.fromkeys({self._flags[name], alias}, action)

    def parse(self, arguments: list[str]) -> tuple[argparse.Namespace, dict[str, Any]]:
        """Parse the command line, or exit with a message about the error in it.

        Returns:
            The program's own flags, and the inputs that the user gave. Inputs that are left out get
            KFP's defaults.
        """
        found = vars(self._parser.parse_args(list(self._normalized(arguments))))
        given = {name: found.pop(_PARAMETER + name) for name in self.inputs}
        if not any(found[name] for name in self._instead):
            self._check_required(given)
        parsed = {n: self._value(n, text) for n, text in given.items() if text is not None}
        return argparse.Namespace(**found), {n: v for n, v in parsed.items() if v is not None}

    def _check_required(self, given: dict[str, str | None]) -> None:
        for name, spec in self.inputs.items():
            if given[name] is None and not spec.optional:
                self.error(self._missing(name))

    def error(self, message: str) -> NoReturn:
        """Exit because of an error in the command line."""
        self._parser.error(message)

    def flag(self, name: str) -> str:
        """Return how a flag of the program is written."""
        return f"--{self._flags[name]}"

    def _add_parameter(self, name: str, spec: InputSpec) -> None:
        known = f"(default: {values.default(spec)})" if spec.optional else "(required)"
        kind = spec.type.upper() if values.is_parameter(spec) else "PATH"
        self._known[_plain(name)] = self._parameters.add_argument(
            f"--{name}",
            dest=_PARAMETER + name,
            metavar=kind,
            help=f"{spec.description or ''} {known}".replace("%", "%%").strip(),
        )

    def _normalized(self, arguments: list[str]) -> Iterator[str]:
        """Yield the arguments so that argparse recognizes each value, whatever it begins with."""
        rest, seen = list(arguments), set[str]()
        while rest:
            argument = rest.pop(0)
            if argument == "-h":
                yield argument
                continue
            if not argument.startswith("--"):
                self.error(f"got {argument!r}, which follows no flag. {self._hint(argument)}")
            name, equals, value = argument[2:].partition("=")
            action = self._known.get(_plain(name))
            if action is None:
                self.error(f"there is no flag --{name}. {self._hint(name)}")
            if action.dest in seen:
                self.error(f"--{name} must be given only once, but was given again.")
            seen.add(action.dest)
            flag = action.option_strings[-1]
            if equals or action.nargs == 0:
                yield flag + equals + value
            else:
                yield f"{flag}={self._next(name, rest)}"

    def _next(self, name: str, rest: list[str]) -> str:
        if not rest:
            self.error(f"--{name} must have a value, but the command line ends there.")
        value = rest.pop(0)
        if value.startswith("--") and _plain(value[2:].partition("=")[0]) in self._known:
            self.error(
                f"--{name} must have a value, got the flag {value}. If that is the value, write "
                f"--{name}={value}"
            )
        return value

    def _hint(self, name: str) -> str:
        close = difflib.get_close_matches(_plain(name), self._known, n=1)
        return f"Did you mean {self._known[close[0]].option_strings[-1]}?" if close else ""

    def _value(self, name: str, text: str) -> object:
        spec = self.inputs[name]
        try:
            if values.is_parameter(spec):
                return values.parse(text, spec)
            return self._artifact(text, spec)
        except values.WrongValueError as error:
            end = f" Example: --{name} {values.example(spec)}" if values.is_parameter(spec) else ""
            self.error(f"--{name} must {error}.{end}")

    def _artifact(self, text: str, spec: InputSpec) -> object:
        if spec.is_artifact_list:
            raise values.WrongValueError("be left out: only a loop can provide a list of artifacts")
        if not self._artifacts:
            raise values.WrongValueError(
                "be left out: a server accepts no outside artifacts. Import it in a pipeline, by "
                "dsl.importer"
            )
        return values.local_path(text)

    def _missing(self, name: str) -> str:
        spec = self.inputs[name]
        if values.is_parameter(spec):
            return f"--{name} must be given. Example: --{name} {values.example(spec)}"
        if self._artifacts and not spec.is_artifact_list:
            return f"--{name} must be given, as the path of the artifact on this machine."
        return (
            f"{name} must come from another task, since it is an artifact. Use it in a pipeline "
            "that makes or imports one."
        )


def _inputs(component: BaseComponent) -> Iterator[tuple[str, InputSpec]]:
    """Yield the inputs of a component, except for those that the backend fills in."""
    for name, spec in (component.component_spec.inputs or {}).items():
        by_backend = type_utils.is_task_final_status_type, type_utils.is_task_config_type
        if not any(check(spec.type) for check in by_backend):
            yield name, spec


def _plain(name: str) -> str:
    return name.replace("-", "_")
