"""The own backend: one class for every joblib copy (0.10.3 to 1.6) and every distributed (1.20 to 2026.8).

The life of a call
------------------
1. dispatch: ``Parallel`` hands over its tasks in batches (`DaskBackend.submit`); a `call.Call`, a thread of its own,
   takes them into one queue.
2. place: the tasks of the next batch are pickled; large values among their arguments stay out, and are scattered to
   the workers, each once (`serialize`, `placement`).
3. submit: one cluster task for each batch, as many at once as the cluster can use or ``n_jobs`` allows (`batching`);
   the batches that are ready go in one message.
4. run: the worker runs the tasks inside a block of its own and reports results, warnings and durations (`worker`).
5. collect: reports are gathered, batches sized by the durations, joblib's callbacks called, from which it dispatches
   more (`call`).
6. cancel: the first failure, of a task, a worker, the scheduler or the user's Ctrl-C, answers every open batch and
   cancels what has not started.

This module is the edge to joblib, `connection` the edge to distributed; what lies between knows neither's versions.
"""

import contextlib
import threading
import weakref
from typing import Any, Dict, Iterator, List, Optional

from . import surroundings
from .batching import BatchSize
from .block import Block
from .call import Call
from .connection import Connection, default_client
from .copies import Copy, all_copies
from .jobs import Job, function_path
from .worker import Task


class DaskBackend:
    """joblib's interface to a backend, over a `Block`.

    Not used as it is: `backend_class` makes it a subclass of a copy's ``ParallelBackendBase``.

    Parameters
    ----------
    scheduler_host : str or tuple, optional
        A scheduler to connect to; that client is closed with the backend.
    scatter : list or tuple, optional
        Values to place on every worker once.
    client : distributed.Client, optional
        Without it and without `scheduler_host`, the default client.
    loop : object, optional
        Accepted as upstream's backend accepts it, for the client to be opened.
    wait_for_workers_timeout : float or None
        Seconds for which the cluster may be without a worker.
    block : Block or callable, optional
        A block made already, or what makes it when it is first used; the parameters above are then not looked at.
    nesting_level : int, optional
        Set by joblib.
    **submit_kwargs
        For ``Client.submit``.

    Raises
    ------
    NoClientError, AsynchronousClientError, ConnectError
        There is no client that a call could run on.
    TypeError
        `scatter` is neither a list nor a tuple.
    """

    copy: Copy = None  # type: ignore[assignment]

    default_n_jobs = -1
    supports_retrieve_callback = True
    supports_return_generator = True
    supports_timeout = True
    supports_sharedmem = False
    uses_threads = False

    def __init__(
        self,
        scheduler_host: Any = None,
        scatter: Any = None,
        client: Any = None,
        loop: Any = None,
        wait_for_workers_timeout: Optional[float] = 10,
        block: Any = None,
        nesting_level: Optional[int] = None,
        **submit_kwargs: Any,
    ) -> None:
        super().__init__()
        self.nesting_level = nesting_level
        self._parallel: Any = None
        self._call: Optional[Call] = None
        self._n_jobs = -1
        self._size = BatchSize({})
        self._retreat = contextlib.ExitStack()
        if block is None:
            block = self._open_block(scheduler_host, scatter, client, loop, wait_for_workers_timeout, submit_kwargs)
        self._block = block

    @property
    def block(self) -> Block:
        """What the calls of the block share."""
        if not isinstance(self._block, Block):
            self._block = self._block()
        return self._block

    @property
    def parallel(self) -> Any:
        """The ``Parallel`` that this backend serves; it holds the backend, and not the other way round as well."""
        return self._parallel and self._parallel()

    @parallel.setter
    def parallel(self, parallel: Any) -> None:
        self._parallel = parallel and weakref.ref(parallel)

    def _open_block(
        self,
        scheduler_host: Any,
        scatter: Any,
        client: Any,
        loop: Any,
        wait_for_workers_timeout: Optional[float],
        submit_kwargs: Dict[str, Any],
    ) -> Block:
        if scatter is not None and not isinstance(scatter, (list, tuple)):
            raise TypeError(f"scatter must be a list/tuple, got `{type(scatter).__name__}`")
        if client is None and scheduler_host:
            from .cluster import connect

            client = connect(scheduler_host, loop=loop)
            weakref.finalize(self, client.close)
        elif client is None:
            client = default_client()
        names = [copy.name for copy in all_copies()]
        return Block(Connection(client, submit_kwargs), names, scatter, wait_for_workers_timeout)

    def __reduce__(self) -> Any:
        return _backend_on_worker, (self.copy.name,)

    # -- the size of the cluster

    def effective_n_jobs(self, n_jobs: Optional[int]) -> int:
        """Return how many tasks can run at once, waiting for the first worker if there is none.

        Never 1: joblib >= 1.3 would take that for "run here, one after the other", and this backend's promise is
        that tasks run on the cluster. With one thread, or ``n_jobs=1``, one task at a time runs there.
        """
        threads = self.block.refresh()
        return max(2, min(self._wanted(n_jobs, threads), threads))

    @staticmethod
    def _wanted(n_jobs: Optional[int], threads: int) -> int:
        if n_jobs == 0:
            raise ValueError("n_jobs == 0 in Parallel has no meaning")
        if n_jobs is None:
            return threads
        return n_jobs if n_jobs > 0 else max(1, threads + 1 + n_jobs)

    # -- the life of a call, as joblib tells it

    def configure(self, n_jobs: Optional[int] = 1, parallel: Any = None, **_: Any) -> int:
        """Begin: give each ``Parallel`` a backend of its own, so that two calls in one block share no state."""
        if parallel is not None and self.parallel is not parallel:
            own = type(self)(block=self.block, nesting_level=self.nesting_level)
            own.parallel = parallel
            raise self.copy.backends.FallbackToBackend(own)
        self._n_jobs = n_jobs if n_jobs is not None else -1
        if not self._has("retrieval_context"):
            self._retreat.enter_context(_seceded())
        return self.effective_n_jobs(n_jobs)

    def submit(self, func: Any, callback: Any = None) -> Job:
        """Take over a batch of tasks (joblib's ``BatchedCalls``)."""
        if self._call is None or self.parallel.n_dispatched_batches == 1:
            self._begin_call(func.items)
        return self._call.add(func.items, callback)  # type: ignore

    apply_async = submit  # the name until joblib 1.5

    def retrieve_result_callback(self, out: Job) -> Any:
        """Return a job's results or raise what it failed with (joblib >= 1.3, from its callback)."""
        return out.outcome()

    @contextlib.contextmanager
    def retrieval_context(self) -> Iterator[None]:
        """Surround the caller's wait for results."""
        try:
            with _seceded():
                yield
        finally:
            self._warn_again()

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Cancel what has not started; called after a failure and after Ctrl-C."""
        self._end_call()

    def stop_call(self) -> None:
        """End a call (joblib >= 0.12)."""
        self._end_call()

    def terminate(self) -> None:
        """End a ``Parallel``; before joblib 0.12 this is the only sign of a call's end."""
        self._end_call()
        self._retreat.close()
        self._warn_again()
        self._call = None

    def compute_batch_size(self) -> int:
        """Return how many tasks joblib hands over at once."""
        return self._size.ideal()

    def get_nested_backend(self) -> Any:
        """Return what joblib puts into the batches that it makes; workers are told by their orders instead."""
        return self, -1

    # -- behind it

    def _has(self, name: str) -> bool:
        """Tell whether this copy's joblib knows a method of the interface."""
        return hasattr(self.copy.backends.ParallelBackendBase, name)

    def _begin_call(self, tasks: List[Task]) -> None:
        self._end_call()
        timeout = getattr(self.parallel, "timeout", None)
        self._size = BatchSize(self.block.connection.durations, function_path(tasks[0]), timeout)
        wanted = self._wanted(self._n_jobs, self.block.threads)
        batch_size = getattr(self.parallel, "batch_size", "auto")
        self._call = Call(
            self.block,
            most=None if self._n_jobs == -1 else wanted,
            fixed=None if batch_size == "auto" else int(batch_size),
            ahead=str(self.parallel.pre_dispatch).replace(" ", "") == "2*n_jobs",
            feed=self._feed,
            tell=self._tell,
            size=self._size,
        )
        self.block.opened(self._call)

    def _end_call(self) -> None:
        if self._call is not None:
            self._call.end()
            self.block.ended(self._call)

    def _warn_again(self) -> None:
        if self._call is not None:
            surroundings.warn_again(self._call.take_warnings())

    def _feed(self) -> bool:
        """Have joblib dispatch one more batch, and tell whether there may be another."""
        if self.parallel._original_iterator is not None:
            self.parallel.dispatch_next()
        return self.parallel._original_iterator is not None

    def _tell(self, failure: BaseException, job: Optional[Job]) -> None:
        if job is None:
            # Every batch was answered, and the iterator over the tasks raised in the thread of the call. joblib
            # before 1.3 would wait for ever for the batch that did not come.
            job = Job([(None, (), {})], None)
            job.fail(failure)
            self.parallel._jobs.append(job)
        elif job.callback is not None and self._has("retrieve_result_callback"):
            job.callback(job)


@contextlib.contextmanager
def _seceded() -> Iterator[None]:
    """Leave a worker's thread pool while waiting for tasks that may need this thread's place in it."""
    from distributed import rejoin, secede
    from distributed.utils import thread_state

    on_worker = hasattr(thread_state, "execution_state")
    if not on_worker or getattr(_this_thread, "seceded", False):
        yield
        return
    secede()
    _this_thread.seceded = True
    try:
        yield
    finally:
        _this_thread.seceded = False
        rejoin()


_this_thread = threading.local()


_classes: Dict[str, Any] = {}


def backend_class(copy: Copy) -> Any:
    """Return the backend as a subclass of a copy's ``ParallelBackendBase``; the same one each time.

    Parameters
    ----------
    copy : Copy

    Returns
    -------
    type
        A factory in joblib's sense: ``copy.register("dask", backend_class(copy))``.
    """
    if copy.name not in _classes:
        bases = (DaskBackend, copy.backends.ParallelBackendBase)
        _classes[copy.name] = type("DaskBackend", bases, {"copy": copy, "__doc__": DaskBackend.__doc__})
    return _classes[copy.name]


def nested_backend(copy: Copy, names: List[str]) -> Any:
    """Return the backend for the parallel calls of a task on a worker; it connects when there is such a call."""
    return backend_class(copy)(block=lambda: Block(Connection(default_client()), names))


def _backend_on_worker(name: str) -> Any:
    return backend_class(Copy(name))()
