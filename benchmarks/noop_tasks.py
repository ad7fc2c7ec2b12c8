"""What a task costs that does nothing: python benchmarks/noop_tasks.py [--counts N ...]

1,000 tasks, 20,000 and 100,000, on 8 single-thread workers; and by how much the client's memory grows meanwhile. Fails
if ours is not twice as fast as upstream's from 20,000 tasks on, if a task among 100,000 costs more than 1.1 times one
among 1,000, or if the memory grows by more than the results take.
"""

import gc
import sys
import threading

import environment
import psutil
from contenders import OURS, UPSTREAM, block, in_turns, parallel, seconds

from joblib_dask_compat import local_cluster

WORKERS = 8
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
    parser = environment.parser(__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=list(ROUNDS), choices=list(ROUNDS), metavar="N")
    arguments = parser.parse_args()
    microseconds, grown = {}, {}
    with local_cluster(n_workers=WORKERS) as client:
        for count in arguments.counts:

            def cost(contender, count=count):
                with block(contender, client, WORKERS):
                    return 1e6 * seconds(lambda: parallel(nothing, range(count))) / count

            costs = microseconds[count] = in_turns([OURS, UPSTREAM], cost, ROUNDS[count])
            with Peak() as peak, block(OURS, client, WORKERS):
                parallel(nothing, range(count))
            grown[count] = round(peak.megabytes, 1)
            told = ", ".join(f"{name} {each:.0f}" for name, each in costs.items())
            print(f"{count:7,} tasks: microseconds a task: {told}; memory {grown[count]} MB", flush=True)
    return environment.record("noop_tasks", {"microseconds_a_task": microseconds, "client_mb": grown}, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
