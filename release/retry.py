"""Tries again, a bounded number of times, each time after a longer pause."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from release.errors import TransientError

T = TypeVar("T")


def say(message: str) -> None:
    """Print one line at once, so that a killed release shows how far it came."""
    print(message, flush=True)


@dataclass(frozen=True)
class Retry:
    """How often and how patiently.

    Attributes:
        pauses: Pauses between the tries, in seconds; one more try than pauses.
        jitter: Largest share of a pause that is added to it, so that two clients part.
    """

    pauses: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    jitter: float = 0.2

    def __call__(self, action: Callable[[], T]) -> T:
        """Return what `action` returns; raise its error if the last try fails too."""
        for number, pause in enumerate(self.pauses, start=1):
            try:
                return action()
            except TransientError as error:
                wait = pause * (1 + random.uniform(0, self.jitter))
                say(f"  try {number} of {len(self.pauses) + 1} failed: {error}")
                say(f"  next try in {wait:.1f} s")
                time.sleep(wait)
        return action()
