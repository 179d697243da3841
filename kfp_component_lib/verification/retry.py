"""Tries again, a bounded number of times, each time after a longer pause."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from kfp_component_lib.verification.errors import TransientError

T = TypeVar("T")
_LONGEST_WAIT = 300.0  # seconds; a server that asks for more is not waited for


def say(message: str) -> None:
    """Print one line at once, so that the output of a killed program shows how far it came."""
    print(message, flush=True)


@dataclass(frozen=True)
class Retry:
    """How often an action is tried, and how long to wait between the tries.

    Attributes:
        pauses: Pauses between the tries in seconds. There is one more try than pauses.
        jitter: The largest share of a pause that is added to it, so that two clients part.
    """

    pauses: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    jitter: float = 0.2

    def __call__(self, action: Callable[[], T]) -> T:
        """Return what `action` returns.

        Raises:
            TransientError: If the last try fails in a way that may pass, too, or if the server asks
                to be left alone for longer than five minutes.
        """
        for number, pause in enumerate(self.pauses, start=1):
            try:
                return action()
            except TransientError as error:
                wait = self._wait(pause, error)
                say(f"  try {number} of {len(self.pauses) + 1} failed: {error}")
                say(f"  next try in {wait:.1f} s")
                time.sleep(wait)
        return action()

    def _wait(self, pause: float, error: TransientError) -> float:
        asked = error.retry_after or 0.0
        if asked > _LONGEST_WAIT:
            raise error
        return max(asked, pause * (1 + random.uniform(0, self.jitter)))


PATIENT = Retry()
