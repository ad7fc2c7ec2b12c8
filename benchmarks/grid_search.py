"""A real search on every way to spread it over two processes: python benchmarks/grid_search.py [--python NAME=PATH ...]

`GridSearchCV(SVC())` over the digits, 96 candidates in 5 folds. Each contender lives in a process of its own, with its
workers started and warm, and searches when it is its turn; what is not installed here runs under the interpreter that
`--python` names for it. Fails if ours takes more than 1.10 times what loky takes, or is behind any of the others.
dask-ml has a search of its own, so both searches also run in one process, with nothing sent; these are not judged.
"""

import argparse
import functools
import statistics
import sys
import time
from contextlib import ExitStack

import served
from names import DASK_ML, DASK_ML_ALONE, LOKY, OURS, RAY, SKLEARN_ALONE, UPSTREAM

WORKERS = 2
GRID = {"C": [0.1, 0.3, 1, 3, 10, 30, 100, 300], "gamma": [1e-4 * 2**power for power in range(12)]}


def enter(contender, stack):
    """Start a contender's workers, and return what makes a search that runs on them."""
    import contenders

    from joblib_dask_compat import local_cluster

    client = None
    if contender in (OURS, UPSTREAM, DASK_ML):
        client = stack.enter_context(local_cluster(n_workers=WORKERS))
    if contender in (DASK_ML, DASK_ML_ALONE):
        from dask_ml.model_selection import GridSearchCV

        return functools.partial(GridSearchCV, scheduler="synchronous" if contender == DASK_ML_ALONE else None)
    from sklearn.model_selection import GridSearchCV

    if contender == SKLEARN_ALONE:
        return GridSearchCV
    if contender == RAY:
        stack.enter_context(contenders.ray_cluster(WORKERS))
    stack.enter_context(contenders.block(contender, client, WORKERS))
    return GridSearchCV


def serve(contender):
    """Search once whenever asked, and tell how long it took and what was found."""
    from sklearn.datasets import load_digits
    from sklearn.svm import SVC

    X, y = load_digits(return_X_y=True)
    with ExitStack() as stack:
        search = enter(contender, stack)
        search(SVC(), {"C": [1, 2, 3, 4]}, cv=5).fit(X[:200], y[:200])  # every worker has imported scikit-learn

        def measure():
            started = time.perf_counter()
            best = search(SVC(), GRID, cv=5).fit(X, y).best_params_
            return time.perf_counter() - started, {name: float(value) for name, value in best.items()}

        served.answer_with(measure)


def main():
    import environment

    parser = environment.parser(__doc__, rounds=5)
    parser.add_argument("--contenders", nargs="+", default=[OURS, UPSTREAM, LOKY, SKLEARN_ALONE])
    served.add_pythons(parser)
    parser.add_argument("--serve", metavar="CONTENDER", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        return serve(arguments.serve)
    pythons = served.pythons(arguments)
    if DASK_ML in pythons:
        pythons[DASK_ML_ALONE] = pythons[DASK_ML]
    taken = {name: [] for name in [*arguments.contenders, *pythons]}
    found = {}
    with ExitStack() as stack:
        search = {
            name: served.start(stack, pythons.get(name, sys.executable), __file__, "--serve", name) for name in taken
        }
        for _ in range(arguments.rounds):
            for name, seconds in taken.items():
                took, found[name] = search[name]()
                seconds.append(took)
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    for name, seconds in sorted(medians.items(), key=lambda each: each[1]):
        print(f"{name:20} {seconds:6.2f} s, {seconds / medians[OURS]:.2f} times ours")
    if any(best != found[OURS] for best in found.values()):
        raise AssertionError(f"not all found the same: {found}")
    figures = {"rounds": arguments.rounds, "median_seconds": medians, "best": found[OURS]}
    return environment.record("grid_search", figures, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
