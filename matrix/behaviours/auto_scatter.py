"""A large argument that no ``scatter=`` names is sent once a call, wherever it stands; never stale, same type."""

import os

import numpy as np

CORE = True
LIMIT = 60

KEPT = {}  # on a worker: the values that the tasks of one call got, so that no two have had one place in memory


def where(call, value, part):
    """Return this process, the place in its memory of the large part, the part's content, and the value's type."""
    large = value if part is None else value[part]
    if call not in KEPT:
        KEPT.clear()
    KEPT.setdefault(call, []).append(large)
    place = id(large)
    if isinstance(large, np.ndarray):
        place = large.__array_interface__["data"][0]
    return os.getpid(), place, (len(large), float(large[0]), float(large[-1])), type(value)


def check(stage):
    from sklearn.datasets import load_iris

    Bunch = type(load_iris())  # has moved between modules
    array = np.arange(250000.0)
    cases = [
        ("an array", array, None),
        ("an array in a dict", {"weights": array, "other": 1}, "weights"),
        ("an array in a list", [array, 1], 0),
        ("an array in a Bunch", Bunch(data=array, other=1), "data"),
        ("bytes", bytes(bytearray(2000000)), None),
        ("a list of numbers", list(range(100000)), None),
    ]
    with stage.block():
        for name, value, part in cases:
            sent_once(stage, name, value, part)
        sent_once(stage, "an array by keyword", array, None, by_keyword=True)

        array[0] = 7
        sent_once(stage, "an array that was changed", array, None)
        sent_once(stage, "a changed array in a dict", cases[1][1], "weights")
        cases[-1][1][0] = 8
        sent_once(stage, "a list that was changed", cases[-1][1], None)


def sent_once(stage, name, value, part, by_keyword=False):
    delayed = stage.delayed(where)
    if by_keyword:
        tasks = [delayed(name, value=value, part=part) for _ in range(100)]
    else:
        tasks = [delayed(name, value, part) for _ in range(100)]
    pids, places, contents, types = zip(*stage.Parallel()(tasks))
    stage.ran_on_workers(pids)
    large = value if part is None else value[part]
    assert set(contents) == {(len(large), float(large[0]), float(large[-1]))}, (name, set(contents))
    assert set(types) == {type(value)}, f"{name} arrived as {set(types)}"
    # distributed drops a copy that no waiting task needs, as happens on a busy machine, and fetches it again
    copies = len(set(zip(pids, places)))
    assert copies <= 10, f"{name}: 100 tasks on 2 workers got {copies} copies"
