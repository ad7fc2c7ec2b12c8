"""What a behaviour is given: a cluster, and one column's way of running joblib on it.

Runs inside a cell: Python 3.6, the standard library and what the cell installed. The columns ``seed`` and ``upstream``
import nothing of this package.
"""

import contextlib
import gc
import importlib
import importlib.util
import inspect
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))

# How often clusters look at themselves, where many share the processor, most of which only wait for what hangs.
QUIETER = {
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "2s",
    "distributed.worker.memory.monitor-interval": "500ms",
    "distributed.worker.profile.interval": "100ms",
}


class NotApplicable(Exception):  # noqa: N818 - an outcome, not an error
    """This stack cannot have the behaviour; says why."""


def joblib_of_sklearn():
    """Return the joblib whose registry scikit-learn uses (see facts on 0.18 to 0.20 in docs/routes.md)."""
    import sklearn

    vendored = os.path.join(os.path.dirname(sklearn.__file__), "externals", "joblib", "parallel.py")
    if os.path.exists(vendored):
        import sklearn.externals.joblib

        return sklearn.externals.joblib
    import joblib

    return joblib


def fork_workers():
    """Have this process's clusters fork their workers off a copy of it as it is now, without threads and all imported.

    nursery.py has chosen multiprocessing's forkserver. That was distributed's default before 2.11, and is what its own
    tests use: https://github.com/dask/distributed/blob/2026.8.0/distributed/utils.py
    """
    import dask

    if hasattr(dask, "config"):
        dask.config.set(QUIETER)
    if sys.version_info < (3, 14):  # from then on it asks for a key, and a server that imports anew has to do
        start_forkserver()


def start_forkserver():
    """Start multiprocessing's forkserver as a fork of this process; it would start an interpreter that imports anew."""
    from multiprocessing import connection, forkserver

    address = connection.arbitrary_address("AF_UNIX")
    alive, keeps_alive = os.pipe()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(16)
        pid = os.fork()
        if not pid:
            os.close(keeps_alive)
            try:
                forkserver.main(listener.fileno(), alive, [])
            finally:
                os._exit(0)
    os.close(alive)
    server = forkserver._forkserver
    server._forkserver_address, server._forkserver_alive_fd, server._forkserver_pid = address, keeps_alive, pid


@contextlib.contextmanager
def cluster(n_workers=2, threads_per_worker=1, **options):
    """Start a cluster of worker processes on loopback, without this package."""
    from distributed import Client, LocalCluster

    takes = set()
    for cls in inspect.getmro(LocalCluster):
        if "__init__" in vars(cls):
            takes.update(inspect.signature(vars(cls)["__init__"]).parameters)
    if "dashboard_address" in takes:
        options.setdefault("dashboard_address", "127.0.0.1:0")  # None is not none: then it is port 8787
    else:
        options.setdefault("diagnostics_port", None)
    options.setdefault("host" if "host" in takes else "ip", "127.0.0.1")
    options.setdefault("scheduler_port", 0)
    started = LocalCluster(n_workers=n_workers, threads_per_worker=threads_per_worker, processes=True, **options)
    try:
        client = Client(started)
        try:
            yield client
        finally:
            client.close()
    finally:
        started.close()


def state(client):
    """Return what a behaviour must leave as it found it: the scheduler's tasks, and how many workers it has."""
    tasks, workers = client.run_on_scheduler(_tasks_and_workers)
    return sorted(map(str, tasks)), workers


def _tasks_and_workers(dask_scheduler):
    return list(dask_scheduler.tasks), len(dask_scheduler.workers)


def comes_back_to(before, client, seconds=10):
    """Tell whether the cluster is, or soon will be, in an earlier state."""
    gc.collect()  # futures in a cycle with the traceback of a failure
    deadline = time.time() + seconds
    while state(client) != before:
        if time.time() > deadline:
            return False
        time.sleep(0.05)
    return True


class Processes:
    """A scheduler and workers that are processes of their own, and a client of theirs: what a behaviour may kill.

    The workers have no nanny, so that none comes back.
    """

    def __init__(self, folder, pythonpath):
        self._folder = folder
        self._file = os.path.join(folder, "scheduler.json")
        path = [*pythonpath, HERE, os.environ.get("PYTHONPATH", "")]
        self._environ = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, path)))
        self.workers = []
        self.scheduler = self._start("dask_scheduler", "--port", "0")
        self.address = until(self._read_address, 30, "the scheduler did not start")

    def _read_address(self):
        try:
            with open(self._file) as stream:
                return json.load(stream)["address"]
        except (FileNotFoundError, ValueError):  # not there yet, or not yet whole
            return None

    def start_worker(self):
        self.workers.append(self._start("dask_worker", "--no-nanny", "--nthreads", "1"))

    def _start(self, name, *options):
        module = "distributed.cli." + name
        known = [each for option in importlib.import_module(module).main.params for each in option.secondary_opts]
        quiet = [each for each in ("--no-dashboard", "--no-bokeh") if each in known]
        options += ("--host", "127.0.0.1", "--scheduler-file", self._file, *quiet[:1])
        return subprocess.Popen(
            (sys.executable, "-W", "ignore", "-m", module, *options),
            cwd=self._folder,
            env=self._environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def end(self):
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


@contextlib.contextmanager
def processes(n_workers=2, pythonpath=()):
    """Start `Processes`; the folders in `pythonpath` come first on theirs."""
    from distributed import Client

    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ending:
        started = Processes(folder, pythonpath)
        ending.callback(started.end)
        for _ in range(n_workers):
            started.start_worker()
        started.client = Client(started.address)
        until(lambda: len(started.client.ncores()) == n_workers, 30, "the workers did not start")
        yield started
        if started.client.status == "running":
            started.client.close()


def until(condition, seconds, otherwise):
    """Wait for `condition` to return something true and return it.

    After some seconds, fail with `otherwise`: a text, or what makes one.
    """
    deadline = time.time() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.time() < deadline, otherwise() if callable(otherwise) else otherwise
        time.sleep(0.02)


class Seed:
    """The published snippet, word for word."""

    name = "seed"

    @contextlib.contextmanager
    def block(self, client, n_jobs=-1, **options):
        from joblib import _dask, parallel_backend
        from sklearn.utils import register_parallel_backend

        if "scheduler_host" not in options:
            options["client"] = client
        register_parallel_backend("distributed", _dask.DaskDistributedBackend)
        with parallel_backend("distributed", n_jobs=n_jobs, **options):
            yield None


class Upstream:
    """What the documentation of each era says, for the joblib that scikit-learn uses."""

    name = "upstream"

    @contextlib.contextmanager
    def block(self, client, n_jobs=-1, **options):
        if importlib.util.find_spec("distributed.joblib") is not None:
            try:
                import distributed.joblib  # noqa: F401 - registers itself; until distributed 1.23
            except ImportError:
                pass  # 1.24 to 2.3 only say that the import is no longer needed
        joblib = joblib_of_sklearn()
        known = joblib.parallel.BACKENDS
        name = "distributed" if "distributed" in known and "dask" not in known else "dask"
        if name == "distributed":
            options.setdefault("scheduler_host", client.scheduler.address)
        with joblib.parallel_backend(name, n_jobs=n_jobs, **options):
            yield None


class Compat:
    """This package."""

    name = "compat"

    def block(self, client, n_jobs=-1, **options):
        from joblib_dask_compat import parallel_backend

        if "scheduler_host" not in options:
            options["client"] = client
        return parallel_backend("dask", n_jobs=n_jobs, **options)


COLUMNS = {column.name: column for column in (Seed(), Upstream(), Compat())}


class Stage:
    """What a behaviour's ``check`` gets.

    Attributes
    ----------
    client : distributed.Client
        On two worker processes of one thread each; shared with other behaviours unless this one is ``ISOLATED``.
    column : str
        ``"seed"``, ``"upstream"`` or ``"compat"``.
    joblib : module
        The joblib that scikit-learn uses; its ``Parallel`` and ``delayed`` are what users reach.
    """

    def __init__(self, column, client):
        self.column = column
        self.client = client
        self.joblib = joblib_of_sklearn()
        self.Parallel = self.joblib.Parallel
        self.delayed = self.joblib.delayed

    def block(self, client=None, n_jobs=-1, **options):
        """Return the column's block; a context manager that gives a Run in the column ``compat``, else None."""
        return COLUMNS[self.column].block(client or self.client, n_jobs=n_jobs, **options)

    def cluster(self, **options):
        """Return a context manager that gives the client of a cluster of the behaviour's own."""
        return cluster(**options)

    def processes(self, **options):
        """Return a context manager that gives `Processes` of the behaviour's own."""
        return processes(**options)

    def until(self, condition, seconds, otherwise):
        """Poll: return the first true value of `condition`, or fail with `otherwise`."""
        return until(condition, seconds, otherwise)

    def worker_pids(self, client=None):
        return set((client or self.client).run(os.getpid).values())

    def ran_on_workers(self, pids, client=None):
        """Assert that process ids which came back from tasks are all workers', and that there are some."""
        pids = {int(pid) for pid in pids}
        workers = self.worker_pids(client)
        assert pids, "no task reported its process"
        assert os.getpid() not in pids, "tasks ran in the client's own process"
        assert pids <= workers, "tasks ran in processes that are no workers: %s" % (pids - workers)

    def require(self, condition, reason):
        if not condition:
            raise NotApplicable(reason)


if sys.version_info < (3, 6):
    raise SystemExit("cells start at Python 3.6")
