"""What `progress=True` costs: python benchmarks/progress_cost.py [--rounds N]

100,000 tasks that do nothing on 2 workers, with the bar on a terminal and without, in turns. The times of two such
calls differ by several percent, bar or not, and the middle half of the ratios is recorded to say so. What is judged is
the bar's own: the processor time of its thread.
"""

import contextlib
import os
import pty
import statistics
import sys
import termios
import threading
import time

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


def used_by_bar():
    """Return the seconds of processor time that the bar's thread has used; 0 without a bar."""
    clocks = [
        time.pthread_getcpuclockid(thread.ident)
        for thread in threading.enumerate()
        if thread.name == "joblib-dask-progress"
    ]
    return sum(map(time.clock_gettime, clocks))


def main():
    arguments = environment.parser(__doc__, rounds=25).parse_args()
    ratios, shares = [], []
    with local_cluster(n_workers=2) as client, terminal():

        def run(progress):
            with parallel_backend("dask", client=client, progress=progress):
                taken = seconds(lambda: parallel(abs, range(TASKS)))
                return taken, used_by_bar() / taken

        run(progress=True)  # does not count
        for number in range(arguments.rounds):
            first = bool(number % 2)
            taken = {progress: run(progress) for progress in (first, not first)}
            (with_bar, share), (without, _) = taken[True], taken[False]
            ratios.append(with_bar / without)
            shares.append(share)
    figures = {
        "rounds": arguments.rounds,
        "tasks": TASKS,
        "ratios": [round(each, 3) for each in statistics.quantiles(ratios, n=4)],
        "share_of_processor": round(statistics.median(shares), 5),
    }
    return environment.record("progress_cost", figures, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
