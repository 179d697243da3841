"""Keeps a random sample of the mutants in a cosmic-ray session, and skips the others.

The mutation run starts this program with the Python of cosmic-ray's environment.
"""

import random
import sys

from cosmic_ray.tools.filters.filter_app import FilterApp
from cosmic_ray.work_item import WorkerOutcome, WorkResult


class Sample(FilterApp):
    """Skips all but a given number of the mutants that no other filter has skipped."""

    def description(self):
        """Return the description of the filter for its help."""
        return __doc__

    def add_args(self, parser):
        """Add options for the size of the sample and for the seed, which makes it repeatable."""
        parser.add_argument("--size", type=int, required=True)
        parser.add_argument("--seed", type=int, default=0)

    def filter(self, work_db, args):
        """Skip the mutants that are not in the sample."""
        # The identifiers of mutants are random, so they are ordered by position and operator.
        items = sorted(work_db.pending_work_items, key=lambda item: str(item.mutations))
        kept = random.Random(args.seed).sample(range(len(items)), min(args.size, len(items)))
        for number in set(range(len(items))) - set(kept):
            skipped = WorkResult(output="not sampled", worker_outcome=WorkerOutcome.SKIPPED)
            work_db.set_result(items[number].job_id, skipped)


if __name__ == "__main__":
    sys.exit(Sample().main())
