"""A wrong argument raises before anything is registered, connected or started."""

import threading

import joblib.parallel
import pytest

from joblib_dask_compat import local_cluster, parallel_backend, parallel_config
from joblib_dask_compat.cluster import scheduler_address

NOWHERE = "127.0.0.1:1"  # nothing listens there, and nothing may try to connect

WRONG = [
    ("n_jobs", int, TypeError),
    ("n_jobs", 0, ValueError),
    ("n_jobs", "2", TypeError),
    ("n_jobs", 1.5, TypeError),
    ("n_jobs", True, TypeError),
    ("scatter", 1, TypeError),
    ("scatter", {"X": 1}, TypeError),
    ("scatter", "X", TypeError),
    ("wait_for_workers_timeout", -1, ValueError),
    ("wait_for_workers_timeout", float("nan"), ValueError),
    ("wait_for_workers_timeout", "10", TypeError),
    ("wait_for_workers_timeout", False, TypeError),
    ("prefer", "newest", ValueError),
    ("scheduler_host", 8786, TypeError),
    ("scheduler_host", "scheduler", ValueError),
    ("scheduler_host", "tcp://scheduler", ValueError),
    ("scheduler_host", "scheduler:port", ValueError),
    ("scheduler_host", "scheduler:70000", ValueError),
    ("scheduler_host", ("scheduler",), ValueError),
    ("scheduler_host", ("scheduler", 8786, "tls"), ValueError),
    ("security", "ca.pem", TypeError),
    ("client", "tcp://127.0.0.1:1", TypeError),
    ("client", 1, TypeError),
    ("backend", None, TypeError),
    ("backend", 3, TypeError),
    ("priorty", 5, TypeError),
    ("timeout", 5, TypeError),
    ("inner_max_num_threads", 2, TypeError),
]


def ours_or_a_clients():
    """The threads that a block, a client or a cluster starts."""
    return {each for each in threading.enumerate() if each.name.startswith(("joblib-dask", "IO loop", "Dask"))}


@pytest.fixture(autouse=True)
def nothing_registered_and_nothing_left_running():
    backends, threads = dict(joblib.parallel.BACKENDS), ours_or_a_clients()
    yield
    assert dict(joblib.parallel.BACKENDS) == backends
    assert ours_or_a_clients() <= threads
    assert type(joblib.parallel.get_active_backend()[0]).__name__ == "LokyBackend"


@pytest.mark.parametrize("block", [parallel_backend, parallel_config])
@pytest.mark.parametrize(("name", "value", "error"), WRONG)
def test_wrong_argument_is_named(block, name, value, error):
    arguments = {name: value}
    if name not in ("client", "scheduler_host"):
        arguments["scheduler_host"] = NOWHERE
    with pytest.raises(error, match=name), block(**arguments):
        pytest.fail("the block was entered")


def test_client_and_scheduler_host_are_not_taken_together():
    with (
        pytest.raises(TypeError, match="client or scheduler_host"),
        parallel_backend(client=object(), scheduler_host=NOWHERE),
    ):
        pytest.fail("the block was entered")


def test_security_belongs_to_scheduler_host():
    with pytest.raises(TypeError, match="security belongs to scheduler_host"), parallel_backend(security=object()):
        pytest.fail("the block was entered")


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("scheduler:8786", "tcp://scheduler:8786"),
        ("tcp://10.0.0.1:8786", "tcp://10.0.0.1:8786"),
        ("tls://scheduler:8786", "tls://scheduler:8786"),
        (("scheduler", 8786), "tcp://scheduler:8786"),
        (["scheduler", "8786"], "tcp://scheduler:8786"),
        ("[::1]:8786", "tcp://[::1]:8786"),
        ("tcp://[fe80::1%eth0]:8786", "tcp://[fe80::1%eth0]:8786"),
        ("ws://scheduler:80/route", "ws://scheduler:80/route"),
        ("inproc://10.0.0.1/1/2", "inproc://10.0.0.1/1/2"),
    ],
)
def test_forms_of_an_address(given, address):
    assert scheduler_address(given) == address


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"n_workers": 0}, ValueError, "n_workers"),
        ({"n_workers": 1.0}, TypeError, "n_workers"),
        ({"n_workers": True}, TypeError, "n_workers"),
        ({"threads_per_worker": -1}, ValueError, "threads_per_worker"),
        ({"threads_per_worker": None}, TypeError, "threads_per_worker"),
        ({"n_worker": 2}, TypeError, "n_worker"),
    ],
)
def test_wrong_argument_of_local_cluster_is_named(arguments, error, name):
    with pytest.raises(error, match=name), local_cluster(**arguments):
        pytest.fail("a cluster was started")
