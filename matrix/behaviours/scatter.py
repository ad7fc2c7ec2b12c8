"""``scatter=[X]`` places X once on each worker, with its type; X changed in place is seen by the next call."""

import os

import numpy as np

LIMIT = 30


class Table(dict):
    pass


class Rows(list):
    pass


class Tagged(np.ndarray):
    pass


def first(X):
    return os.getpid(), float(X[0])


def kind_and_content(value):
    return type(value), repr(value)


def arrays_held(nbytes, dask_worker=None):
    """Count the arrays of some size in a worker's memory."""
    return sum(getattr(value, "nbytes", None) == nbytes for value in dask_worker.data.values())


def check(stage):
    from sklearn.datasets import load_iris

    Bunch = type(load_iris())  # has moved between modules
    X = np.arange(1e6)
    tasks = [stage.delayed(first)(X) for _ in range(20)]
    with stage.block(scatter=[X]):
        pids, firsts = zip(*stage.Parallel()(tasks))
        stage.ran_on_workers(pids)
        assert set(firsts) == {0.0}, firsts
        placed_once(stage, X)

        X[0] = 7
        _, firsts = zip(*stage.Parallel()(tasks))
        assert set(firsts) == {7.0}, f"a call after X[0] = 7 saw {set(firsts)}"

    numbers = list(range(2000))
    values = [
        Bunch(data=numbers),
        Table(data=numbers),
        Rows(numbers),
        np.array(numbers).view(Tagged),
        tuple(numbers),
        "x" * 2000,
    ]
    try:
        import pandas
    except ImportError:
        pass
    else:
        values.append(pandas.DataFrame({"number": numbers, "text": list(map(str, numbers))}))
        values.append(values[-1]["text"])
    with stage.block(scatter=values):
        arrived = stage.Parallel()(stage.delayed(kind_and_content)(value) for value in values)
    for value, (kind, content) in zip(values, arrived):
        assert kind is type(value), f"{type(value)} arrived as {kind}"
        assert content == repr(value), f"the content of a {kind} is another"


def placed_once(stage, X):
    """Assert that each worker holds one copy of X, or none: distributed may drop all but one that no task waits for."""

    def held():
        return sorted(set(stage.client.run(arrays_held, X.nbytes).values()))

    stage.until(lambda: held() in ([1], [0, 1]), 5, lambda: f"copies of X on the workers: {held()}")
