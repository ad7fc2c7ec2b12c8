"""What joblib's and the old distributed's own tests ask of a Dask backend; README.md says which case is where."""

import gc
import os
import uuid
import warnings
from pathlib import Path

import numpy as np
import pytest
from distributed import Client, LocalCluster, get_worker
from joblib import Parallel, delayed
from joblib.parallel import ThreadingBackend

from joblib_dask_compat import local_cluster, parallel_backend, parallel_config

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("client")]  # the default client


def pid(*_, **__):
    return os.getpid()


def reciprocal(number):
    return 1 / number


def test_calls_around_a_failed_one_are_right():
    with parallel_backend("dask"):
        for _ in range(2):
            assert Parallel()(delayed(reciprocal)(number) for number in (1, 2, 4)) == [1, 0.5, 0.25]
            with pytest.raises(ZeroDivisionError):
                Parallel()(delayed(reciprocal)(number) for number in range(-3, 10))


def test_equal_tasks_are_run_each():
    with parallel_backend("dask"):
        drawn = Parallel()(delayed(uuid.uuid4)() for _ in range(20))
    assert len(set(drawn)) == 20


def keys_of_tasks(dask_scheduler):
    return {entry[0] for entry in dask_scheduler.transition_log}


@pytest.mark.parametrize("mixed", [True, False])
def test_batches_are_called_by_their_functions_on_the_dashboard(client, mixed):
    before = client.run_on_scheduler(keys_of_tasks)
    functions = [reciprocal, abs if mixed else reciprocal]
    with parallel_backend("dask"):
        Parallel(batch_size=4, pre_dispatch="all")(delayed(functions[number % 2])(number) for number in range(2, 10))
    new = client.run_on_scheduler(keys_of_tasks) - before
    name = "mixed_batch_of_reciprocal-" if mixed else "batch_of_reciprocal-"
    assert len([key for key in new if key.startswith(name)]) == 2


def test_short_tasks_travel_together(client):
    before = client.run_on_scheduler(keys_of_tasks)
    with parallel_backend("dask"), Parallel() as parallel:
        for _ in range(3):
            parallel(delayed(pid)() for _ in range(400))
    batches = [key for key in client.run_on_scheduler(keys_of_tasks) - before if "batch_of_pid" in key]
    assert 0 < len(batches) < 600


def append(item, items, data=None):
    assert data is None or data.sum() == data.size
    items.append(item)
    return items


@pytest.mark.parametrize("data", [None, np.ones(100_000)], ids=["small", "large"])
def test_what_a_task_does_to_its_arguments_no_other_task_sees(data):
    lists = [[] for _ in range(60)]
    with parallel_backend("dask"):
        changed = Parallel()(delayed(append)(number, items, data=data) for number, items in enumerate(lists))
    assert changed == [[number] for number in range(60)]
    assert not any(lists)


class Counted(list):
    """Knows how often it was pickled in this process."""

    pickled = 0

    def __reduce__(self):
        self.pickled += 1
        return Counted, (), None, iter(self)


def total(*values, **named):
    return sum(map(sum, values)) + sum(map(sum, named.values()))


@pytest.mark.parametrize("named", [True, False])
def test_value_is_pickled_as_often_however_many_tasks_take_it(named):
    def pickled(tasks):
        value = Counted(range(20_000))
        with parallel_backend("dask", scatter=[value] if named else None):
            sums = Parallel(batch_size=1)(delayed(total)(value, value, extra=value) for _ in range(tasks))
        assert sums == [3 * sum(value)] * tasks
        return value.pickled

    assert pickled(2) == pickled(20)


def test_small_value_travels_with_its_task(client):
    def placed(dask_worker):
        return [key for key in dask_worker.data if "ndarray" in str(key)]

    with parallel_backend("dask"):
        held = Parallel()(delayed(lambda X: placed(get_worker()))(np.ones(3)) for _ in range(4))
    assert held == [[]] * 4


def part_sums(X, parts):
    return sum(Parallel()(delayed(np.sum)(X[part:]) for part in range(parts)))


def test_nested_calls_place_their_own_parts_of_a_value():
    X = np.ones(100_000)
    with parallel_backend("dask"):
        sums = Parallel()(delayed(part_sums)(X[start:], 5) for start in range(6))
    assert sums == [sum(X.size - start - part for part in range(5)) for start in range(6)]


def levels(deep, **arguments):
    """The process and the kind of backend on each level of nested calls, the outermost first."""
    with Parallel(n_jobs=2) as parallel:
        here = (os.getpid(), type(parallel._backend).__name__)
        if not deep:
            return [here]
        return [here] + parallel(delayed(levels)(deep - 1, **arguments) for _ in range(2))[0]


@pytest.mark.parametrize("block", [parallel_backend, parallel_config])
@pytest.mark.parametrize("arguments", [{}, {"data": np.ones(100_000)}], ids=["plain", "large"])
def test_every_level_of_nested_calls_is_on_the_cluster(worker_pids, block, arguments):
    with block("dask"):
        outer, *inner = levels(3, **arguments)
    assert outer[0] == os.getpid()
    assert {process for process, _ in inner} <= worker_pids
    assert {backend for _, backend in [outer, *inner]} == {"DaskBackend"}
    assert len(inner) == 3


def nested_pids():
    return {process for _ in range(2) for process in Parallel(n_jobs=2)(delayed(pid)() for _ in range(2))}


def test_nested_calls_work_with_one_client_after_another(client, worker_pids):
    for _ in range(2):
        with Client(client.scheduler.address, set_as_default=False) as theirs, parallel_backend("dask", client=theirs):
            for pids in Parallel(n_jobs=2)(delayed(nested_pids)() for _ in range(10)):
                assert pids <= worker_pids


def n_jobs_here():
    with Parallel() as parallel:
        return parallel.n_jobs


def test_nested_calls_use_the_whole_cluster_unless_told_otherwise():
    with parallel_backend("dask"), Parallel() as parallel:
        assert parallel.n_jobs == -1
        assert parallel(delayed(n_jobs_here)() for _ in range(2)) == [-1, -1]


def kind_of_backend(require=None):
    return type(Parallel(n_jobs=2, require=require)._backend)


def test_nested_call_that_needs_shared_memory_gets_threads():
    with parallel_backend("dask"):
        (plain,) = Parallel()([delayed(kind_of_backend)()])
        (shared,) = Parallel()([delayed(kind_of_backend)("sharedmem")])
        assert issubclass(kind_of_backend("sharedmem"), ThreadingBackend)
    assert plain.__name__ == "DaskBackend"
    assert issubclass(shared, ThreadingBackend)


def test_cluster_in_the_clients_own_process():
    with local_cluster(n_workers=2, processes=False) as inside, parallel_backend("dask", client=inside) as run:
        assert Parallel(n_jobs=4)(delayed(nested_pids)() for _ in range(4)) == [{os.getpid()}] * 4
    assert run.tasks == 4


def address_here(_):
    return get_worker().address


def test_options_reach_clients_submit(client):
    for address in client.scheduler_info()["workers"]:
        with parallel_backend("dask", workers=address) as run:
            assert set(Parallel()(delayed(address_here)(number) for number in range(10))) == {address}
        assert run.workers == (address,)


@pytest.mark.parametrize(
    "grow", [lambda cluster: cluster.adapt(minimum=0, maximum=2), lambda cluster: cluster.scale(2)]
)
def test_call_waits_for_the_first_worker(grow):
    with (
        LocalCluster(
            n_workers=0, processes=False, protocol="tcp://", host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        Client(cluster, set_as_default=False) as theirs,
    ):
        grow(cluster)
        with parallel_backend("dask", client=theirs, wait_for_workers_timeout=60) as run:
            assert Parallel()(delayed(abs)(-number) for number in range(10)) == list(range(10))
    assert run.tasks == 10


def when_there(path):
    while not Path(path).exists():
        pass
    return "late"


@pytest.mark.parametrize("n_jobs", [2, -1])
def test_unordered_generator_gives_what_is_ready(tmp_path, n_jobs):
    flag = tmp_path / "flag"
    with parallel_backend("dask"):
        results = Parallel(n_jobs=n_jobs, batch_size=1, return_as="generator_unordered")(
            delayed(when_there)(str(flag)) if number == 1 else delayed(str)(number) for number in range(10)
        )
        early = [next(results) for _ in range(9)]
        flag.touch()
        assert next(results) == "late"
    assert sorted(early) == sorted(str(number) for number in range(10) if number != 1)


def large(number):
    return np.full(1_000_000, number)


@pytest.mark.parametrize("n_jobs", [2, -1])
@pytest.mark.parametrize("return_as", ["generator", "generator_unordered"])
def test_generator_may_be_dropped_halfway(client, return_as, n_jobs):
    with parallel_backend("dask"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # joblib's own, of results that nobody took
            results = Parallel(n_jobs=n_jobs, return_as=return_as)(delayed(large)(number) for number in range(10))
            assert {next(results).size, next(results).size} == {1_000_000}
            del results
            gc.collect()
        assert Parallel()(delayed(abs)(-number) for number in range(10)) == list(range(10))


def loky_inside():
    return Parallel(n_jobs=2, backend="loky")(delayed(abs)(-number) for number in range(4))


def test_other_backend_inside_a_task_says_why_it_runs_one_by_one(client):
    with (
        parallel_backend("dask", client=client),
        pytest.warns(UserWarning, match=r"distributed\.worker\.daemon"),
    ):
        assert Parallel()(delayed(loky_inside)() for _ in range(1)) == [[0, 1, 2, 3]]


def test_without_a_client_it_says_which_line_to_add(fresh_python):
    fresh_python(
        """
        from joblib_dask_compat import parallel_backend, register_dask
        from joblib_dask_compat.errors import NoClientError
        import joblib
        register_dask()
        for block in parallel_backend, joblib.parallel_backend:
            try:
                with block("dask"):
                    raise SystemExit("entered")
            except ValueError as exc:
                assert isinstance(exc, NoClientError)
                assert "create a dask client" in str(exc).lower()
                assert "client = distributed.Client(" in exc.fix
        """
    )
