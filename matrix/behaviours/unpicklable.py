"""What cannot be pickled, or cannot be unpickled at the other end, raises its error; the next call works."""

import os
import pickle
import threading

CORE = True
ISOLATED = True  # upstream waits for ever
LAST = True
LIMIT = 45


class UnreadableError(Exception):
    pass


class Local:
    """Can be pickled everywhere, but unpickled in one process only."""

    def __init__(self, home):
        self.home = home

    def __reduce__(self):
        return _unpickle_local, (self.home,)


def _unpickle_local(home):
    if os.getpid() != home:
        raise UnreadableError(f"readable in process {home} only")
    return Local(home)


def take(number, *_):
    return number


def give(make, *args):
    return make(*args)


def give_local():
    return Local(os.getpid())


def check(stage):
    locked = (TypeError, pickle.PicklingError)
    large = list(range(100000))
    with stage.block():
        raises(stage, locked, "lock", take, 1, threading.Lock())
        raises(stage, locked, "lock", take, 1, [*large, threading.Lock()])
        raises(stage, UnreadableError, "readable", take, 1, Local(os.getpid()))
        raises(stage, UnreadableError, "readable", take, 1, [*large, Local(os.getpid())])
        raises(stage, locked, "lock", give, threading.Lock)
        raises(stage, UnreadableError, "readable", give_local)


def raises(stage, expected, word, function, *args):
    """Assert that a call with one such task among others raises, and that the next one works."""
    tasks = [stage.delayed(take)(number) for number in range(3)] + [stage.delayed(function)(*args)]
    try:
        stage.Parallel()(tasks)
    except expected as exc:
        text = str(exc)
    else:
        raise AssertionError("the call returned")
    assert word in text, f"the error does not say what is wrong: {text}"
    assert stage.Parallel()(stage.delayed(take)(number) for number in range(8)) == list(range(8))
