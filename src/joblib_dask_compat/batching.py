"""How many tasks travel together."""

from typing import Optional

#: Seconds of work in one batch. Each batch costs the scheduler, the client and the worker about 5 ms together.
BATCH_SECONDS = 0.1

#: A worker hands the rest of its batch back after this many seconds, so that a batch whose tasks turned out longer
#: than the ones before does not keep the others waiting.
BUDGET_SECONDS = 3 * BATCH_SECONDS

#: Batches on the cluster for each of its threads: one runs, the others hide the way there and back.
BATCHES_PER_THREAD = 3

LARGEST_BATCH = 1000


class BatchSize:
    """The number of tasks for one batch, from what the workers say that tasks last."""

    def __init__(self) -> None:
        self._seconds: Optional[float] = None

    def learn(self, tasks: int, seconds: float) -> None:
        """Take in how long a worker took for a number of tasks."""
        if not tasks:
            return
        latest = seconds / tasks
        if self._seconds is None:
            self._seconds = latest
        else:
            # up at once, down slowly: a batch too long costs more than one too short
            weight = 0.6 if latest > self._seconds else 0.3
            self._seconds += weight * (latest - self._seconds)

    def ideal(self) -> int:
        """Return how many tasks fill `BATCH_SECONDS`; 1 as long as nothing is known."""
        if self._seconds is None:
            return 1
        return max(1, min(LARGEST_BATCH, int(BATCH_SECONDS / max(self._seconds, 1e-6))))

    def next(self, waiting: int, slots: int) -> int:
        """Return the size of the next batch.

        Parameters
        ----------
        waiting : int
            Tasks that are here to be sent.
        slots : int
            Batches that the cluster would still take. When few tasks are left, they are spread over all of these.
        """
        return max(1, min(self.ideal(), -(-waiting // max(1, slots))))
