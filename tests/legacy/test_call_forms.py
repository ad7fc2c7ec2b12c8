"""The old ways to name, register and enter the Dask backend, against a scheduler in a process of its own."""

import json
import textwrap

import pytest

pytestmark = pytest.mark.cluster

BEGIN = """
    import contextlib, json, os, sys, traceback
    from joblib_dask_compat import legacy
    from joblib_dask_compat.copies import used_by_sklearn
    legacy.install()
    import joblib
    from joblib import _dask
    from sklearn.utils import parallel_backend, register_parallel_backend
    address = sys.argv[1]
    pair = (address.split(":")[0], int(address.split(":")[1]))

    def pids_in(block, joblib=None):
        joblib = joblib or used_by_sklearn().module
        with block:
            return joblib.Parallel(n_jobs=-1)(joblib.delayed(os.getpid)() for _ in range(6))
"""

FORMS = {
    "a pair": """
        register_parallel_backend("distributed", _dask.DaskDistributedBackend)
        block = parallel_backend("distributed", scheduler_host=pair)
    """,
    "joblib's own, by name, a pair": """
        import distributed.joblib
        block = joblib.parallel_backend("dask.distributed", scheduler_host=pair)
    """,
    "the other class": """
        register_parallel_backend("distributed", _dask.DistributedBackend)
        block = parallel_backend("distributed", scheduler_host=address)
    """,
    "a loop": """
        from distributed.utils import LoopRunner
        runner = LoopRunner()
        runner.start()
        register_parallel_backend("distributed", _dask.DaskDistributedBackend)
        block = parallel_backend("distributed", scheduler_host=address, loop=runner.loop)
    """,
    "a factory with arguments": """
        def factory(**options):
            return _dask.DaskDistributedBackend(scheduler_host=pair, **options)
        register_parallel_backend("mine", factory)
        block = parallel_backend("mine", scatter=[list(range(1000))])
    """,
    "a factory without": """
        from distributed import Client
        client = Client(address)
        joblib.register_parallel_backend("mine", lambda: _dask.DaskDistributedBackend(client=client))
        block = joblib.parallel_backend("mine")
    """,
    "an object": """
        from distributed import Client
        client = Client(address)
        block, used = joblib.parallel_backend(_dask.DaskDistributedBackend(scheduler_host=pair)), joblib
    """,
    "another name": """
        register_parallel_backend("cluster", _dask.DaskDistributedBackend)
        block = parallel_backend("cluster", scheduler_host=address, n_jobs=2)
    """,
    "as the default": """
        from distributed import Client
        client = Client(address)
        register_parallel_backend("mine", _dask.DaskDistributedBackend, make_default=True)
        block = contextlib.ExitStack()
    """,
}


@pytest.fixture(scope="module")
def outcomes(shared_stack, cluster):
    """What came of each form: process ids of its tasks, or what it failed with."""
    code = """
    forms, outcomes = json.loads(sys.argv[2]), {}
    for name, form in forms.items():
        space = dict(globals(), used=None)
        try:
            exec(form, space)
            outcomes[name] = pids_in(space["block"], space["used"])
        except Exception:
            outcomes[name] = traceback.format_exc()
    print(json.dumps(outcomes))
    """
    forms = {name: textwrap.dedent(form) for name, form in FORMS.items()}
    return shared_stack.does(BEGIN + code, cluster["address"], json.dumps(forms))


@pytest.mark.parametrize("form", FORMS)
def test_tasks_run_on_the_workers(outcomes, cluster, form):
    pids = outcomes[form]
    assert isinstance(pids, list), pids
    assert pids
    assert set(pids) <= set(cluster["pids"])


def test_what_upstreams_class_hangs_on_raises(stack, cluster):
    raised, is_upstreams_again = stack.does(
        BEGIN
        + """
    import threading
    register_parallel_backend("distributed", _dask.DaskDistributedBackend)
    joblib = used_by_sklearn().module
    raised = None
    try:
        with parallel_backend("distributed", scheduler_host=address):
            joblib.Parallel(n_jobs=-1)(joblib.delayed(id)(threading.Lock()) for _ in range(2))
    except Exception as exc:
        raised = type(exc).__name__
    legacy.uninstall()
    import importlib.util
    is_upstreams = importlib.util.find_spec("joblib._dask") is not None
    ours = [cls for cls in _dask.DaskDistributedBackend.__mro__ if cls.__module__.startswith("joblib_dask_compat")]
    print(json.dumps([raised, not (is_upstreams and ours)]))
    """,
        cluster["address"],
    )
    assert raised in ("TypeError", "PicklingError"), raised
    assert is_upstreams_again


def test_block_that_is_only_called_has_begun(stack, cluster):
    pids = stack.does(
        BEGIN
        + """
    from distributed import Client
    client = Client(address)
    parallel_backend("dask")
    joblib = used_by_sklearn().module
    print(json.dumps(joblib.Parallel(n_jobs=-1)(joblib.delayed(os.getpid)() for _ in range(6))))
    """,
        cluster["address"],
    )
    assert pids
    assert set(pids) <= set(cluster["pids"])


def test_the_block_is_left_behind(stack, cluster):
    before, inside, after = stack.does(
        BEGIN
        + """
    active = lambda: type(used_by_sklearn().parallel.get_active_backend()[0]).__name__
    told = [active()]
    with parallel_backend("dask", scheduler_host=address) as (backend, n_jobs):
        told.append(active())
        assert type(backend).__name__ == active() and n_jobs == -1
    print(json.dumps(told + [active()]))
    """,
        cluster["address"],
    )
    assert before == after != inside


def test_other_backends_are_joblibs_business(stack):
    assert (
        stack.does(
            BEGIN.replace("address = sys.argv[1]", "address = '127.0.0.1:1'")
            + """
    copy = used_by_sklearn()
    register_parallel_backend("mine", copy.parallel.ThreadingBackend)
    assert copy.parallel.BACKENDS["mine"] is copy.parallel.ThreadingBackend
    with parallel_backend("mine", n_jobs=2):
        assert type(copy.parallel.get_active_backend()[0]) is copy.parallel.ThreadingBackend
    with parallel_backend("threading", n_jobs=3):
        print(json.dumps(copy.parallel.get_active_backend()[1]))
    """
        )
        == 3
    )
