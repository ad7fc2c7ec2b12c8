"""What a task costs that does nothing: python benchmarks/noop_tasks.py

1,000 tasks, 20,000 and 100,000, on 8 single-thread workers; and by how much the client's memory grows over the last.
Fails if ours is not twice as fast as upstream's from 20,000 tasks on, if a task among 100,000 costs more than 1.1 times
one among 1,000, or if the memory grows by more than the results take.
"""

import gc
import sys
import threading

import environment
import psutil
from contenders import OURS, UPSTREAM, block, in_turns, parallel, seconds

from joblib_dask_compat import local_cluster

WORKERS = 8
COUNTS = {1_000: [OURS, UPSTREAM], 20_000: [OURS, UPSTREAM], 100_000: [OURS, UPSTREAM]}
ROUNDS = {1_000: 9, 20_000: 3, 100_000: 1}


def nothing(number):
    """Return the number."""
    return number


class Peak:
    """The most memory that this process held while the block ran, in MB over what it held before."""

    def __enter__(self):
        gc.collect()
        self._process = psutil.Process()
        self._before = self.most = self._process.memory_info().rss
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self):
        while not self._ended.wait(0.05):
            self.most = max(self.most, self._process.memory_info().rss)

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    @property
    def megabytes(self):
        """How much it grew."""
        return (self.most - self._before) / 1e6


def main():
    microseconds = {}
    with local_cluster(n_workers=WORKERS) as client:
        for count, contenders in COUNTS.items():

            def cost(contender, count=count):
                with block(contender, client, WORKERS):
                    return 1e6 * seconds(lambda: parallel(nothing, range(count))) / count

            costs = microseconds[count] = in_turns(contenders, cost, ROUNDS[count])
            told = ", ".join(f"{name} {each:.0f}" for name, each in costs.items())
            print(f"{count:7,} tasks: microseconds a task: {told}", flush=True)
        with Peak() as peak, block(OURS, client, WORKERS):
            parallel(nothing, range(100_000))
    ours = {count: costs[OURS] for count, costs in microseconds.items()}
    multiples = {count: costs[UPSTREAM] / costs[OURS] for count, costs in microseconds.items()}
    print(f"times as fast as upstream: { {count: round(each, 1) for count, each in multiples.items()} }")
    print(f"a task among 100,000 costs {ours[100_000] / ours[1_000]:.2f} times one among 1,000")
    print(f"the client grew by {peak.megabytes:.0f} MB during 100,000 tasks")
    figures = {"microseconds_a_task": microseconds, "client_mb": round(peak.megabytes, 1)}
    environment.record("noop_tasks", figures)
    met = min(multiples[20_000], multiples[100_000]) >= 2 and ours[100_000] <= 1.1 * ours[1_000]
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
