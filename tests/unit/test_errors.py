import copy
import inspect
import pickle

import pytest

from joblib_dask_compat import errors
from joblib_dask_compat.errors import CompatError, InputError

ERRORS = [
    each
    for _, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, CompatError) and each is not CompatError
]
PARTS = ("what happened", "why it did", "python -m pip install it", "docs/errors.md#it")
BUILTINS = {
    "AsynchronousClientError": TypeError,
    "BrokenDependencyError": ImportError,
    "ConnectError": OSError,
    "MissingDependencyError": ImportError,
    "NoClientError": ValueError,
    "NoRouteError": RuntimeError,
    "NoWorkersError": TimeoutError,
    "SchedulerLostError": ConnectionError,
    "SilentWorkerError": TimeoutError,
    "TaskTimeoutError": TimeoutError,
    "UnknownBackendError": ValueError,
}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_it_is_also_a_builtin(error):
    builtin = [base for base in error.__mro__ if base.__module__ == "builtins" and base not in (Exception, object)]
    assert builtin
    assert issubclass(error, BUILTINS.get(error.__name__, Exception))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_it_shows_four_parts(error):
    told = str(error(*PARTS))
    if error is InputError:  # what a command says of its input fits on one line
        assert told == "; ".join(PARTS)
        return
    assert told.splitlines() == [
        "what happened",
        "  Why: why it did",
        "  What to do: python -m pip install it",
        "  Read more: docs/errors.md#it",
    ]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
@pytest.mark.parametrize("again", [copy.copy, lambda exc: pickle.loads(pickle.dumps(exc))], ids=["copy", "pickle"])
def test_it_survives(error, again):
    arrived = again(error(*PARTS))
    assert type(arrived) is error
    assert (arrived.what, arrived.why, arrived.fix, arrived.more) == PARTS
    assert str(arrived) == str(error(*PARTS))


def test_parts_that_are_not_there_are_not_shown():
    assert str(CompatError("only what")) == "only what"


def test_lines_of_a_part_are_indented():
    assert str(CompatError("what", "one\ntwo")).splitlines()[1:] == ["  Why: one", "    two"]


@pytest.mark.parametrize(
    "name", [name for name, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, Warning)]
)
def test_warnings_are_of_a_kind_that_is_shown_by_default(name):
    assert issubclass(getattr(errors, name), (UserWarning, FutureWarning))
