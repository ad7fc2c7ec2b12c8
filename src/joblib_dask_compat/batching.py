"""How many tasks travel together."""

from typing import Dict, Optional

#: Seconds of work in one batch. Each batch costs the scheduler, the client and the worker about 5 ms together.
BATCH_SECONDS = 0.2

#: Packing takes no more than this share of a batch's length, as far as `LONG_SECONDS` allow. Each task of a search of
#: scikit-learn 1.9 holds the whole tree of the search's tasks (https://github.com/scikit-learn/scikit-learn/pull/33533);
#: all that travel together share it.
PACKING = 0.01

#: Seconds of the batches of which packing takes so much: as much work is lost with a worker.
LONG_SECONDS = 1.0

#: Seconds of the longest batches, where the client could not keep up with the workers otherwise.
LONGEST_SECONDS = 5.0

#: Seconds of work in the smallest batches, those at the end of a call.
LAST_SECONDS = 0.05

#: Batches for each thread that what is left to do is divided into: they get smaller towards the end of a call, and the
#: workers end together.
SPREAD = 2

#: A worker hands the rest of its batch back after this many times what it should last, so that a batch whose tasks
#: turned out longer than the ones before does not keep the others waiting.
BUDGET = 1.5

#: Batches on the cluster for each of its threads: one runs, the other hides the way there and back.
BATCHES_PER_THREAD = 2

LARGEST_BATCH = 500


class BatchSize:
    """The number of tasks for one batch, from what the workers say that tasks last.

    Parameters
    ----------
    durations : dict of str to float
        Seconds that tasks of earlier calls lasted, by the name of their function. The first batches of a call are cut
        by them, and what the call learns is noted there.
    name : str
        The function of this call's tasks.
    timeout : float, optional
        Seconds for which joblib waits for a task at most, those during which others of its batch run included.
    """

    def __init__(self, durations: Dict[str, float], name: str = "", timeout: Optional[float] = None) -> None:
        self._durations = durations
        self._name = name
        self._longest = LONGEST_SECONDS if timeout is None else min(LONGEST_SECONDS, timeout / 8)
        self._seconds: Optional[float] = None
        self._packing: Optional[float] = None
        self._packing_each: Optional[float] = None
        self._whole = BATCH_SECONDS  # a batch, not one of the last

    def budget(self, tasks: int) -> float:
        """Return the seconds after which a worker hands the rest of a batch of so many tasks back."""
        return BUDGET * max(BATCH_SECONDS, tasks * (self._seconds or 0))

    def learn_packing(self, seconds: float, tasks: int, threads: int) -> None:
        """Take in how long it took to pack a batch, for a cluster that runs `threads` tasks at once.

        What counts is the part that a batch costs however few tasks it has. As long as no batch had two of them, half
        of it is taken for that.
        """
        self._packing = seconds if self._packing is None else min(seconds, self._packing)
        if tasks > 1:
            each = seconds / tasks
            self._packing_each = each if self._packing_each is None else min(each, self._packing_each)
        shared = self._packing - (self._packing / 2 if self._packing_each is None else self._packing_each)
        cheap = min(LONG_SECONDS, shared / PACKING)
        kept_up = 2 * threads * shared
        self._whole = max(BATCH_SECONDS, min(self._longest, max(cheap, kept_up)))

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
        self._durations[self._name] = self._seconds

    def ideal(self) -> int:
        """Return how many tasks fill a batch; 1 as long as nothing is known."""
        return self._tasks_in(self._whole)

    def next(self, waiting: int, threads: int) -> int:
        """Return the size of the next batch.

        Parameters
        ----------
        waiting : int
            Tasks that are here to be sent: all that are left, if they are few.
        threads : int
            Tasks that run at once on the cluster.
        """
        share = -(-waiting // (SPREAD * threads))
        # tasks of an earlier call may have been shorter than these: two long ones must not end up on one worker
        least = 1 if self._seconds is None else self._tasks_in(LAST_SECONDS)
        return min(self.ideal(), max(least, share))

    def stock(self, slots: int, threads: int) -> int:
        """Return how many waiting tasks are enough for `slots` full batches, and for the next to be full as well."""
        return self.ideal() * (slots + SPREAD * threads)

    def _tasks_in(self, seconds: float) -> int:
        each = self._durations.get(self._name) if self._seconds is None else self._seconds
        if each is None:
            return 1
        return max(1, min(LARGEST_BATCH, round(seconds / max(each, 1e-6))))
