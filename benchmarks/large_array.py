"""What is sent for a large array: python benchmarks/large_array.py

Three calls in a row over one array of 200 MB on 4 workers, named by `scatter=` and not. Counted is what passes over the
machine's loopback, which must be quiet. The array changes before the last call, which must see it: a result that does
not is stale. Fails if the first call sends more than 1.05 times workers x size, or if ours is ever stale.
"""

import sys

import environment
import numpy as np
import psutil
from contenders import OURS, UPSTREAM, parallel
from joblib import parallel_backend as joblibs_own

from joblib_dask_compat import local_cluster, parallel_backend

WORKERS, CALLS, TASKS = 4, 3, 40
BLOCKS = {OURS: parallel_backend, UPSTREAM: joblibs_own}


def sent():
    """Return the bytes that passed over loopback so far."""
    return psutil.net_io_counters(pernic=True)["lo"].bytes_sent


def first_of(pair):
    """Return the first number of the column that is asked for."""
    X, column = pair
    return float(X[0, column])


def calls(contender, client, named):
    """Return for each call how many times the array was sent, and whether any was stale."""
    X = np.zeros((250_000, 100))
    times, stale = [], False
    with BLOCKS[contender]("dask", client=client, scatter=[X] if named else None):
        for number in range(CALLS):
            if number == CALLS - 1:
                X[0] = number
            before = sent()
            seen = parallel(first_of, [(X, task % X.shape[1]) for task in range(TASKS)])
            times.append(round((sent() - before) / X.nbytes, 2))
            stale |= set(seen) != {float(X[0, 0])}
    return {"times_sent": times, "stale": stale}


def main():
    arguments = environment.parser(__doc__).parse_args()
    figures = {}
    with local_cluster(n_workers=WORKERS) as client:
        for named in (True, False):
            for contender in BLOCKS:
                how = f"{contender}, {'named' if named else 'not named'}"
                figures[how] = calls(contender, client, named)
                print(f"{how:32} sent {figures[how]['times_sent']} times{', STALE' if figures[how]['stale'] else ''}")
    return environment.record("large_array", {"workers": WORKERS, "megabytes": 200, "calls": figures}, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
