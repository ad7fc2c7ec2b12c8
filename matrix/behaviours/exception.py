"""A task's exception arrives with its type, its arguments and the worker's traceback; the next call works."""

import traceback

CORE = True
ISOLATED = True  # upstream waits for ever for an exception that it cannot unpickle
LAST = True
LIMIT = 30


class RefusedError(Exception):
    def __init__(self, what, number, details):
        super().__init__(what, number, details)


class AwkwardError(Exception):
    """Can be pickled, but not be unpickled: its constructor takes other arguments than it passes on."""

    def __init__(self, code, path):
        super().__init__(f"code {code}")
        self.path = path


def deep_in_the_task(number):
    if number == 1:
        raise RefusedError("no", 7, {"why": "because"})
    if number == 2:
        raise AwkwardError(3, path="/there")
    return number


def task(number, bad):
    return deep_in_the_task(bad if number == 1 else 0)


def check(stage):
    with stage.block():
        exc = raised(stage, bad=1)
        assert type(exc) is RefusedError, repr(exc)
        assert exc.args == ("no", 7, {"why": "because"}), exc.args

        exc = raised(stage, bad=2)
        assert type(exc) is AwkwardError, repr(exc)
        assert (exc.args, exc.path) == (("code 3",), "/there"), vars(exc)


def raised(stage, bad):
    """Have one of four tasks raise; return its exception, after a call that works."""
    try:
        stage.Parallel()(stage.delayed(task)(number, bad) for number in range(4))
    except Exception as exc:
        caught = exc
    else:
        raise AssertionError("a call with a task that raises returned")
    text = "".join(traceback.format_exception(type(caught), caught, caught.__traceback__))
    assert "in deep_in_the_task" in text, f"the worker's traceback is missing: {text}"
    assert stage.Parallel()(stage.delayed(task)(number, 0) for number in range(4)) == [0] * 4
    return caught
