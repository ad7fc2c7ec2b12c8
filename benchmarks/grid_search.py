"""A real search on every way to spread it over two processes: python benchmarks/grid_search.py [--python NAME=PATH ...]

`GridSearchCV(SVC())` over the digits, 96 candidates in 5 folds. Each contender lives in a process of its own, with its
workers started and warm, and searches when it is its turn; what is not installed here runs under the interpreter that
`--python` names for it. Fails if ours takes more than 1.10 times what loky takes, or is behind any of the others.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack

import contenders
from contenders import LOKY, OURS, UPSTREAM

RAY, DASK_ML = "ray", "dask-ml"
WORKERS = 2
GRID = {"C": [0.1, 0.3, 1, 3, 10, 30, 100, 300], "gamma": [1e-4 * 2**power for power in range(12)]}
MOST_OF_LOKY = 1.10


def enter(contender, stack):
    """Start a contender's workers, and return what makes a search that runs on them."""
    from sklearn.model_selection import GridSearchCV

    if contender in (OURS, UPSTREAM, DASK_ML):
        from joblib_dask_compat import local_cluster

        client = stack.enter_context(local_cluster(n_workers=WORKERS))
    if contender == DASK_ML:
        from dask_ml.model_selection import GridSearchCV

        return GridSearchCV
    if contender == RAY:
        import joblib
        import ray
        from ray.util.joblib import register_ray

        ray.init(num_cpus=WORKERS, include_dashboard=False, log_to_driver=False)
        stack.callback(ray.shutdown)
        register_ray()
        stack.enter_context(joblib.parallel_backend("ray", n_jobs=WORKERS))
    else:
        block = contenders.block(contender, None if contender == LOKY else client, WORKERS)
        stack.enter_context(block)
    return GridSearchCV


def serve(contender):
    """Search once for each line that comes in, and tell how long it took and what was found."""
    from sklearn.datasets import load_digits
    from sklearn.svm import SVC

    X, y = load_digits(return_X_y=True)
    with ExitStack() as stack:
        search = enter(contender, stack)
        search(SVC(), {"C": [1, 2, 3, 4]}, cv=5).fit(X[:200], y[:200])  # every worker has imported scikit-learn
        print(json.dumps("ready"), flush=True)
        for _ in sys.stdin:
            started = time.perf_counter()
            best = search(SVC(), GRID, cv=5).fit(X, y).best_params_
            took = time.perf_counter() - started
            print(json.dumps([took, {name: float(value) for name, value in best.items()}]), flush=True)


class Contender:
    """A process that searches when told to."""

    def __init__(self, name, python, stack):
        command = [python, "-W", "ignore", __file__, "--serve", name]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = stack.enter_context(subprocess.Popen(command, stderr=subprocess.DEVNULL, **pipes))
        stack.callback(self._process.terminate)
        self.answer()

    def answer(self):
        """Return the next JSON line; libraries print other things in between."""
        for line in self._process.stdout:
            if line.startswith(("[", '"')):
                return json.loads(line)
        raise RuntimeError(f"{self._process.args[-1]} ended with exit code {self._process.wait()}")

    def search(self):
        """Return seconds and best parameters of a search."""
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return self.answer()


def main():
    parser = argparse.ArgumentParser(description="A real search on every way to spread it over two processes.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--contenders", nargs="+", default=[OURS, UPSTREAM, LOKY])
    parser.add_argument("--python", nargs="+", default=[], metavar="NAME=PATH", help="an interpreter that has it")
    parser.add_argument("--serve", metavar="CONTENDER", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        return serve(arguments.serve)
    pythons = dict(each.split("=", 1) for each in arguments.python)
    names = [*arguments.contenders, *pythons]
    taken = {name: [] for name in names}
    found = {}
    with ExitStack() as stack:
        processes = {name: Contender(name, pythons.get(name, sys.executable), stack) for name in names}
        for _ in range(arguments.rounds):
            for name, process in processes.items():
                seconds, found[name] = process.search()
                taken[name].append(seconds)
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    for name, seconds in sorted(medians.items(), key=lambda each: each[1]):
        print(f"{name:20} {seconds:6.2f} s, {seconds / medians[OURS]:.2f} times ours")
    if any(best != found[OURS] for best in found.values()):
        raise AssertionError(f"not all found the same: {found}")
    import environment

    environment.record("grid_search", {"rounds": arguments.rounds, "median_seconds": medians, "best": found[OURS]})
    others = [seconds for name, seconds in medians.items() if name not in (OURS, LOKY)]
    return 0 if medians[OURS] <= min([MOST_OF_LOKY * medians[LOKY], *others]) else 1


if __name__ == "__main__":
    sys.exit(main())
