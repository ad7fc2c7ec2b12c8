"""Parallel inside Parallel, three deep, and a forest inside a search inside ``cross_val_score``: complete and right."""

import importlib
import itertools
import os

CORE = True
ISOLATED = True  # upstream's deadlocks keep the workers' threads
LIMIT = 60


def pids_below(name, depth):
    """Return the process ids of this task and of all those that it starts with the joblib of some name."""
    if depth == 0:
        return [os.getpid()]
    joblib = importlib.import_module(name)
    tasks = [joblib.delayed(pids_below)(name, depth - 1) for _ in range(3)]
    return [os.getpid(), *flat(joblib.Parallel()(tasks))]


def flat(lists):
    return list(itertools.chain.from_iterable(lists))


def check(stage):
    import numpy as np
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import GridSearchCV, cross_val_score

    from behaviours.grid_search import accuracy_and_pid

    # more tasks at every level than the cluster has threads: if a waiting task kept its thread, all would wait
    with stage.block():
        tasks = [stage.delayed(pids_below)(stage.joblib.__name__, 2) for _ in range(6)]
        pids = flat(stage.Parallel()(tasks))
    assert len(pids) == 6 * (1 + 3 + 9), f"{len(pids)} of 78 tasks came back"
    stage.ran_on_workers(pids)

    X, y = load_iris(return_X_y=True)
    forest = RandomForestClassifier(n_estimators=5, random_state=0)
    search = GridSearchCV(forest, {"max_depth": [1, 3]}, cv=2)
    with stage.block():
        scores = cross_val_score(search, X, y, cv=4, scoring=accuracy_and_pid)
    pids = np.floor(scores)
    stage.ran_on_workers(pids)
    expected = cross_val_score(search, X, y, cv=4)
    assert np.allclose(2 * (scores - pids), expected, atol=1e-9), "scores differ from those of a sequential run"
