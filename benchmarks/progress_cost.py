"""What `progress=True` costs: python benchmarks/progress_cost.py [--rounds N]

100,000 tasks that do nothing on 2 workers, with the bar on a terminal and without, in turns. Fails if the median of the
ratios is 1 % or more.
"""

import contextlib
import os
import pty
import statistics
import sys
import termios
import threading

import environment
from contenders import parallel, seconds

from joblib_dask_compat import local_cluster, parallel_backend

TASKS = 100_000


@contextlib.contextmanager
def terminal():
    """Give standard error a terminal, which somebody reads."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))

    def read():
        with contextlib.suppress(OSError):  # the other end was closed
            while os.read(ours, 4096):
                pass

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    with open(theirs, "w") as stream, contextlib.redirect_stderr(stream):
        yield
    reader.join()
    os.close(ours)


def main():
    arguments = environment.parser(__doc__, rounds=11).parse_args()
    ratios = []
    with local_cluster(n_workers=2) as client, terminal():

        def run(progress):
            with parallel_backend("dask", client=client, progress=progress):
                return seconds(lambda: parallel(abs, range(TASKS)))

        run(progress=True)  # does not count
        for number in range(arguments.rounds):
            first = bool(number % 2)
            taken = {progress: run(progress) for progress in (first, not first)}
            ratios.append(taken[True] / taken[False])
    figures = {"rounds": arguments.rounds, "tasks": TASKS, "ratio": round(statistics.median(ratios), 4)}
    return environment.record("progress_cost", figures, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
