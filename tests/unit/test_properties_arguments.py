"""Public functions, given anything: a ``TypeError`` or ``ValueError``, and nothing is registered, open or running."""

import sys
import threading

import hypothesis
import joblib.parallel
import pytest
from hypothesis import strategies as st

from joblib_dask_compat import check_cluster, legacy, local_cluster, parallel_backend, parallel_config, register_dask
from joblib_dask_compat.cluster import scheduler_address

anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.complex_numbers(),
        st.text(max_size=8),
        st.binary(max_size=8),
        st.sampled_from([object(), int, len, ..., threading.Lock(), Exception("x"), range(3)]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.tuples(inner, inner), st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)

#: Arguments of a block, but for those that say where the cluster is.
OF_A_BLOCK = ("n_jobs", "scatter", "wait_for_workers_timeout", "security", "prefer", "progress", "check_versions")


def examples(number):
    return hypothesis.settings(max_examples=number, deadline=None, derandomize=True, database=None)


def state():
    threads = {each for each in threading.enumerate() if each.name.startswith(("joblib-dask", "IO loop", "Dask"))}
    active = type(joblib.parallel.get_active_backend()[0])
    return dict(joblib.parallel.BACKENDS), active, threads, list(sys.meta_path), legacy.opening._opening


@pytest.fixture(autouse=True, scope="module")
def nothing_is_left():
    before = state()
    yield
    assert state() == before


@pytest.mark.parametrize("block", [parallel_backend, parallel_config])
@examples(150)
@hypothesis.given(given=st.dictionaries(st.sampled_from(OF_A_BLOCK), anything, max_size=3), more=st.text(max_size=9))
def test_block(block, given, more):
    # there is no such client, so that no arguments are all right
    with (
        pytest.raises((TypeError, ValueError)) as caught,
        block(client=object(), **given, **({more: 1} if more else {})),
    ):
        pytest.fail("the block was entered")
    assert any(name in str(caught.value) for name in (*given, "client", "unknown option"))


@examples(100)
@hypothesis.given(value=anything.filter(lambda value: not isinstance(value, str)))
def test_name_of_a_backend(value):
    with pytest.raises(TypeError, match="backend"), parallel_backend(value):
        pytest.fail("the block was entered")


@examples(200)
@hypothesis.given(value=st.one_of(anything, st.from_regex(r"(tcp|tls)?(://)?[a-z\[\]:]{0,4}:?\d{0,6}", fullmatch=True)))
def test_address(value):
    try:
        address = scheduler_address(value)
    except (TypeError, ValueError):
        return
    assert "://" in address
    assert scheduler_address(address) == address


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


@examples(100)
@hypothesis.given(name=st.sampled_from(["n_workers", "threads_per_worker"]), value=anything)
def test_local_cluster(name, value):
    hypothesis.assume(not is_count(value) and value is not None)
    with pytest.raises((TypeError, ValueError), match=name), local_cluster(**{name: value}):
        pytest.fail("a cluster was started")


def are_names(value):
    return not isinstance(value, str) and hasattr(value, "__iter__") and all(isinstance(each, str) for each in value)


@examples(100)
@hypothesis.given(names=anything, prefer=anything)
def test_register_dask(names, prefer):
    with pytest.raises((TypeError, ValueError)):
        register_dask(**({"prefer": prefer} if are_names(names) else {"names": names}))


@examples(100)
@hypothesis.given(value=anything)
def test_inspect(value):
    with pytest.raises((TypeError, ValueError, OSError)):
        legacy.inspect(value)


@examples(30)
@hypothesis.given(steps=st.lists(st.sampled_from([legacy.install, legacy.uninstall]), max_size=6))
def test_open_paths(steps):
    finders = list(sys.meta_path)
    for step in steps:
        step()
    assert (sys.meta_path == finders) == (not steps or steps[-1] is legacy.uninstall)
    legacy.uninstall()
    assert sys.meta_path == finders


@examples(20)
@hypothesis.given(value=anything)
def test_check_cluster(value):
    with pytest.raises((TypeError, ValueError)):
        check_cluster(value)
