"""A call gives what the same tasks give one after the other, or raises what they raise, whatever its options are."""

import contextlib
import os

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from joblib_dask_compat import Parallel, delayed, parallel_backend
from joblib_dask_compat.errors import NothingRanOnClusterWarning

#: From one that travels with its task to one that is placed on the workers, named or not.
VALUES = [np.arange(size, dtype=float) for size in (3, 1_000, 200_000)]

#: The same examples whenever CI runs, others wherever somebody looks for faults.
SETTINGS = hypothesis.settings(max_examples=25, deadline=None, derandomize="CI" in os.environ, database=None)


def task(number, value, failing):
    if number == failing:
        raise LookupError(number)
    return number, float(value.sum()), os.getpid()


def outcome(function):
    """Return results without the processes that they come from, and these; or an exception's class and arguments."""
    try:
        results = list(function())
    except Exception as exc:
        return (type(exc), exc.args), set()
    return [result for *result, _ in results], {pid for *_, pid in results}


@st.composite
def calls(draw):
    count = draw(st.integers(0, 24))
    return {
        "count": count,
        "failing": draw(st.none() | st.integers(0, count - 1)) if count else None,
        "value": draw(st.sampled_from(VALUES)),
        "named": draw(st.sampled_from(["nothing", "no value", "the value", "another value"])),
        "n_jobs": draw(st.none() | st.integers(-2, 4).filter(bool)),
        "batch_size": draw(st.just("auto") | st.integers(1, 30)),
        "pre_dispatch": draw(st.sampled_from(["all", "n_jobs", "2 * n_jobs"]) | st.integers(1, 30)),
        "return_as": draw(st.sampled_from(["list", "generator", "generator_unordered"])),
    }


@SETTINGS
@hypothesis.given(call=calls())
def test_a_call_is_as_one_after_the_other(client, call):
    value, failing = call["value"], call["failing"]
    scatter = {"nothing": None, "no value": [], "the value": [value], "another value": [np.ones(9)]}[call["named"]]
    options = {name: call[name] for name in ("batch_size", "pre_dispatch", "return_as")}
    tasks = [(number, value, failing) for number in range(call["count"])]

    def there():
        with parallel_backend("dask", client=client, n_jobs=call["n_jobs"], scatter=scatter):
            yield from Parallel(**options)(delayed(task)(*each) for each in tasks)

    with contextlib.nullcontext() if tasks else pytest.warns(NothingRanOnClusterWarning):
        found, pids = outcome(there)
    wanted, _ = outcome(lambda: [task(*each) for each in tasks])
    if call["return_as"] == "generator_unordered" and failing is None:
        found = sorted(found)
    assert found == wanted
    assert pids <= set(client.run(os.getpid).values())
    assert bool(pids) is (failing is None and bool(tasks))
