"""Run a real grid search on an embedded cluster, or on yours.

Searches the parameters of a support vector machine over the digits data set that ships with scikit-learn, first here,
one fit after the other, then on the cluster, and compares both.
"""

import argparse
import importlib
import importlib.util
import sys
import time
from typing import Any, Tuple

from ..context import parallel_backend
from ..versions import versions
from . import FINDINGS, FINE, add_cluster, client_of

GRID = {"C": [0.1, 1.0, 10.0, 100.0], "gamma": [0.0003, 0.001, 0.003, 0.01]}
SPLITS = 5


def configure(command: argparse.ArgumentParser) -> None:
    add_cluster(command)
    command.add_argument("--prefer", choices=("auto", "upstream", "own"), default="auto", help="which backend class")


def run(arguments: argparse.Namespace) -> int:
    print(f"versions     {versions()}")
    with client_of(arguments) as client:
        X, y, search = _search()
        started = time.perf_counter()
        client.run(importlib.import_module, "sklearn.svm")
        print(f"imports      {time.perf_counter() - started:.1f} s for scikit-learn on the workers, not timed below")
        sequential, seconds_here = _timed(search, X, y)
        with parallel_backend(
            "dask",
            client=client,
            scatter=[X, y],
            prefer=arguments.prefer,
            progress=_has_tqdm(),
        ) as done:
            on_cluster, seconds_there = _timed(search, X, y)
    same = list(on_cluster.cv_results_["mean_test_score"]) == list(sequential.cv_results_["mean_test_score"])
    print(f"route        {done.route}")
    print(f"best         {on_cluster.best_params_}, accuracy {on_cluster.best_score_:.3f}")
    print("scores       %s the sequential run" % ("equal to" if same else "DIFFERENT from"))
    for worker, tasks in sorted(done.tasks_per_worker.items()):
        print(f"worker       {worker} ran {tasks} of {done.tasks} tasks")
    print(
        f"time         {seconds_here:.1f} s one after the other, {seconds_there:.1f} s on {len(done.workers)} workers: "
        f"{seconds_here / seconds_there:.2f} times as fast"
    )
    return FINE if same and done.tasks else FINDINGS


def _search() -> Tuple[Any, Any, Any]:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVC

    digits = load_digits()
    return digits.data, digits.target, GridSearchCV(SVC(), GRID, cv=SPLITS)


def _timed(search: Any, X: Any, y: Any) -> Tuple[Any, float]:
    from sklearn.base import clone

    started = time.perf_counter()
    fitted = clone(search).fit(X, y)
    return fitted, time.perf_counter() - started


def _has_tqdm() -> bool:
    return importlib.util.find_spec("tqdm") is not None and sys.stderr.isatty()
