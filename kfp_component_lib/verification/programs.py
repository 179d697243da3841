"""Runs another program with limits on its running time and its output."""

import io
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kfp_component_lib.verification.errors import DeliveryError, TransientError

_CHUNK = 1 << 20
_ERRORS_KEPT = 4 << 20
_SAID_KEPT = 64 << 20


@dataclass(frozen=True)
class Finished:
    """The result of a program.

    Attributes:
        status: Its exit status.
        output: Its standard output; empty if that was written to a file.
        errors: The end of its standard error.
    """

    status: int
    output: bytes
    errors: str


def run(
    command: Sequence[str | Path],
    seconds: float,
    limit: int = _SAID_KEPT,
    into: IO[bytes] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Finished:
    """Run a program to its end, without standard input.

    Args:
        command: The program and its arguments.
        seconds: Largest running time.
        limit: Largest number of bytes on standard output.
        into: File for standard output; None keeps it in the result.
        environment: Its complete environment; None passes on the environment of this program.

    Raises:
        TransientError: If it did not end in time.
        DeliveryError: If it printed too much.
    """
    kept = io.BytesIO()
    expired = threading.Event()
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as process,
    ):
        timer = threading.Timer(seconds, _give_up, (process, expired))
        timer.start()
        try:
            fits = _copy(process.stdout, into or kept, limit)
            if fits:
                process.wait()
        finally:
            timer.cancel()
            process.kill()  # has no effect if it has ended
        status = process.wait()
        said = _end(errors)
    if expired.is_set():
        raise TransientError(
            f"{_called(command)} must end within {seconds:g} s, but did not. Try again later."
        )
    if not fits:
        raise DeliveryError(
            f"{_called(command)} must print at most {limit:,} bytes, but printed more. "
            "No part of a release of this library is that large."
        )
    return Finished(status, kept.getvalue(), said)


def _give_up(process: subprocess.Popen[bytes], expired: threading.Event) -> None:
    expired.set()
    process.kill()


def _copy(source: IO[bytes] | None, target: IO[bytes], limit: int) -> bool:
    """Copy up to the limit; return whether the source had no more bytes than that."""
    assert source
    while chunk := source.read1(_CHUNK):  # type: ignore[attr-defined]
        limit -= len(chunk)
        if limit < 0:
            return False
        target.write(chunk)
    return True


def _end(errors: IO[bytes]) -> str:
    size = errors.seek(0, io.SEEK_END)
    errors.seek(max(0, size - _ERRORS_KEPT))
    return errors.read().decode("utf-8", "replace")


def _called(command: Sequence[str | Path]) -> str:
    return " ".join([Path(command[0]).name, *map(str, command[1:])])
