"""Retries an action, with a limited number of tries and growing pauses between them."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from kfp_component_lib.verification.errors import TransientError

T = TypeVar("T")
_LONGEST_WAIT = 300.0  # seconds; a longer pause in Retry-After ends the tries


def say(message: str) -> None:
    """Print a line and flush it, so that the output of a killed program shows how far it got."""
    print(message, flush=True)


@dataclass(frozen=True)
class Retry:
    """How often an action is tried, and how long the pauses between the tries are.

    Attributes:
        pauses: Pauses between the tries, in seconds. There is one more try than there are pauses.
        jitter: Largest random share of a pause that is added to it, so that clients do not retry in
            step.
    """

    pauses: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    jitter: float = 0.2

    def __call__(self, action: Callable[[], T]) -> T:
        """Return the result of `action`.

        Raises:
            TransientError: If the last try also fails in a way that may be temporary, or if the
                server asks for a pause of more than five minutes.
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
