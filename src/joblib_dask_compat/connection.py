"""The edge to distributed: one client, spoken to in the same way whatever its version (1.20 to 2026.8).

Everything that waits here waits for an answer *or* for the loss of the scheduler, so no caller can hang on a
connection that is gone.
"""

import concurrent.futures
import contextlib
import functools
import itertools
import os
import threading
import time
import uuid
import weakref
from typing import Any, Callable, Dict, List, Optional, Sequence, Set, Tuple

from .copies import import_checked
from .errors import AsynchronousClientError, NoClientError, NoWorkersError, SchedulerLostError

#: Seconds between two looks at a connection that owes an answer.
PATIENCE = 0.25

#: Seconds without any answer after which a scheduler is given up, or all workers are. Their processes may be stopped,
#: and connections stand for as long as hosts do.
GIVING_UP = 660.0

#: Seconds in which a worker answers a question, unless it is stopped or in code that holds the interpreter's lock.
ANSWERING = 10.0

#: Seconds in which a client that is being made in another thread gets its connection.
CONNECTING = 10.0

#: Seconds in which a client that lost its connection gets a new one, if the scheduler is still there: one of 2021 may
#: drop a client that releases a task whose worker has just died (https://github.com/ratt-ru/pfb-imaging/issues/50).
RECONNECTING = 3.0

_CONNECTING = ("newly-created", "connecting")

_getting = threading.Lock()

_READ = "docs/errors.md"


def default_client() -> Any:
    """Return the client of the current worker task, else the process's default client.

    Raises
    ------
    NoClientError
        There is none.
    """
    distributed = import_checked("distributed")
    try:
        # the first tasks of a worker with several threads would make a client each, and take another's too early
        with _getting:
            client = distributed.get_client()
    except ValueError as exc:
        raise NoClientError(
            "There is no Dask client: first create a Dask Client, or name a scheduler.",
            "a block runs on the cluster of client=, of scheduler_host=, or of the default client; none was given.",
            "client = distributed.Client('scheduler-address:8786')  "
            "(or, on this machine: with joblib_dask_compat.local_cluster() as client: ...)",
            _READ + "#no-client",
        ) from exc
    deadline = time.monotonic() + CONNECTING
    while client.status in _CONNECTING and not _asynchronous(client) and time.monotonic() < deadline:
        time.sleep(0.01)  # somebody else made it just now
    return client


def _asynchronous(client: Any) -> bool:
    """Whether waiting in this thread would stop the client's event loop.

    distributed 1.20 takes a task's thread for the loop's where that is the main one, as in ``dask-worker --no-nanny``.
    """
    ident = getattr(client.loop, "_thread_ident", None)  # tornado before 5 has it
    return bool(client.asynchronous) and ident in (None, threading.get_ident())


class NoAnswerError(Exception):
    """A request had no answer within its time."""


class Connection:
    """A distributed client and the keywords with which tasks are submitted to it.

    Parameters
    ----------
    client : distributed.Client
    submit_kwargs : dict, optional
        For ``Client.submit``: ``priority``, ``resources``, ``workers``, ``retries``, ...

    Raises
    ------
    TypeError
        It is no client.
    AsynchronousClientError
        The client belongs to an event loop: joblib's calls block, and would block that loop for ever.
    """

    def __init__(self, client: Any, submit_kwargs: Optional[Dict[str, Any]] = None) -> None:
        if not hasattr(client, "submit") or not hasattr(client, "scheduler"):
            raise TypeError(f"client must be a distributed.Client, got {client!r}")
        if _asynchronous(client):
            raise AsynchronousClientError(
                f"The Dask client {client!r} is asynchronous.",
                "joblib and scikit-learn block until their results are there; on this client's event loop they "
                "would wait for ever (https://github.com/joblib/joblib/issues/925).",
                f"Client({address(client)!r}) in a thread of its own, for instance with asyncio.to_thread",
                _READ + "#asynchronous-client",
            )
        self.client = client
        self.submit_kwargs = dict(submit_kwargs or {})
        self.taught = _taught.setdefault(client, set())
        self.durations = _durations.setdefault(client, {})
        self.direct: Optional[bool] = None  # whether the client reaches workers; None, nobody looked yet
        self.seen: Set[str] = set()  # addresses of the workers there were, when last asked
        self.silent: Set[str] = set()  # of those that kept a value back
        self._away_since: Optional[float] = None

    @property
    def lost(self) -> bool:
        """Whether the client is not connected now. What it had on the cluster is gone, even if it connects anew."""
        return bool(self.client.status != "running")

    def check(self) -> None:
        """Raise `SchedulerLostError` unless the client is connected, or has been connecting for a moment only."""
        if self.client.status not in _CONNECTING:
            self._away_since = None
            if self.lost:
                raise self.loss()
            return
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
        elif now - self._away_since > RECONNECTING:
            raise self.loss()

    def loss(self) -> SchedulerLostError:
        """Make the error for a connection that is lost."""
        return SchedulerLostError(
            f"The connection to the scheduler at {address(self.client)} was lost "
            f"(client status: {self.client.status!r}).",
            "the scheduler ended or became unreachable, or the client was closed during the call.",
            "start the scheduler again, make a new Client and repeat the call; look at the scheduler's log first",
            _READ + "#scheduler-lost",
        )

    def _given_up(self) -> SchedulerLostError:
        return SchedulerLostError(
            f"The scheduler at {address(self.client)} has answered nothing for {GIVING_UP:g} seconds.",
            "its process is stopped, or too busy to answer; its connection stands, so nothing else tells.",
            "look at the scheduler's process and log, start it again, make a new Client and repeat the call",
            _READ + "#scheduler-lost",
        )

    def workers(self) -> Dict[str, int]:
        """Return the workers' addresses, each with its number of threads."""
        workers = dict(self._ask(lambda: self.client.scheduler.ncores(workers=None)))
        self.seen = set(workers)
        return workers

    def wait_for_workers(self, timeout: Optional[float]) -> Dict[str, int]:
        """Return the `workers`, after waiting for the first one if there is none.

        Raises
        ------
        NoWorkersError
            No worker came within `timeout` seconds.
        """
        deadline = time.monotonic() + (timeout or 0)
        workers = self.workers()
        while not workers and time.monotonic() < deadline:
            # A task that waits to be run is what makes an adaptive cluster start its first worker. It may end without
            # one: a client that connects anew loses it.
            probe = self.client.submit(int, pure=False)
            ready = threading.Event()
            probe.add_done_callback(lambda _, ready=ready: ready.set())
            ready.wait(max(0, deadline - time.monotonic()))
            workers = self.workers()
        if not workers:
            raise no_workers(self.client, timeout)
        return workers

    def run_everywhere(self, function: Callable[[], Any], workers: Optional[Sequence[str]] = None) -> Dict[str, Any]:
        """Run a function on workers, all of them unless some are named, and on the scheduler.

        Keyed by address, the scheduler by ``"scheduler"``; one that refuses to run functions is left out. None for a
        worker that does not answer within `ANSWERING` seconds.
        """
        answers = self._run(function, workers)
        try:
            answers["scheduler"] = self._ask(lambda: self.client.run_on_scheduler(function, asynchronous=True))
        except ValueError:  # its configuration says distributed.scheduler.pickle: false
            pass
        return answers

    def _run(self, function: Callable[[], Any], workers: Optional[Sequence[str]]) -> Dict[str, Any]:
        named = {} if workers is None else {"workers": list(workers)}
        try:
            request = self.ask(lambda: self.client.run(function, asynchronous=True, **named))
            return dict(self.answer(request, ANSWERING))
        except SchedulerLostError:
            raise
        except (NoAnswerError, OSError):  # the second where the scheduler gives up first
            asked = list(self.workers() if workers is None else workers)
        # one keeps the answers of all back: which is it?
        answers: Dict[str, concurrent.futures.Future[Any]] = {address: concurrent.futures.Future() for address in asked}
        for address, answer in answers.items():
            alone = functools.partial(self.client.run, function, workers=[address], asynchronous=True)
            self._request(alone, answer.set_result)
        concurrent.futures.wait(answers.values(), timeout=ANSWERING)
        self.check()
        return {address: self._told(address, answer) for address, answer in answers.items()}

    def _told(self, address: str, answer: "concurrent.futures.Future[Any]") -> Any:
        try:
            return self.result(answer.result()).get(address) if answer.done() else None
        except SchedulerLostError:
            raise
        except OSError:
            return None

    def answering(self) -> List[str]:
        """Return the addresses of the workers that answer within `ANSWERING` seconds."""
        return [address for address, ident in self._run(os.getpid, None).items() if ident is not None]

    def ask_workers(self, function: Callable[[Any], Any], then: Callable[[Any], None]) -> None:
        """Run a function of ``dask_worker`` on every worker; `then` is as for `gather`."""
        self._request(lambda: self.client.run(function, asynchronous=True), then)

    def ask_scheduler(self, function: Callable[[Any], Any], then: Callable[[Any], None]) -> None:
        """Run a function of ``dask_scheduler`` on the scheduler; `then` is as for `gather`."""
        self._request(lambda: self.client.run_on_scheduler(function, asynchronous=True), then)

    def hold(self, futures: Sequence[Any]) -> bool:
        """Tell whether the workers still hold the values of all these futures."""
        keys = [future.key for future in futures]
        if not keys:
            return True
        places = self._ask(lambda: self.client.scheduler.who_has(keys=keys))
        return all(places.get(key) for key in keys)

    def annotations(self) -> Dict[str, Any]:
        """Return what the caller has annotated, in whose thread this is asked, and a span if it is in none.

        The scheduler keeps a span for ever (https://github.com/dask/distributed/issues/7977), its workers count by it,
        and without one each burst of tasks would get one of its own. Nothing before 2023.7, where annotations are the
        process's and there is no ``span``.
        """
        dask, distributed = import_checked("dask"), import_checked("distributed")
        if not hasattr(distributed, "span"):
            return {}
        span = _spans.setdefault(self.client, {"name": ("joblib",), "ids": (str(uuid.uuid4()),)})
        return {"span": span, **dask.get_annotations()}

    def submit(
        self,
        function: Callable[..., Any],
        calls: Sequence[Tuple[Any, ...]],
        keys: List[str],
        annotations: Dict[str, Any],
    ) -> List[Any]:
        """Submit tasks, in one message, and return their futures.

        `calls` has the arguments of each; where one has fewer than another, None follows. Futures must be arguments
        themselves: in a list, distributed 2025.4 overlooks them (https://github.com/dask/distributed/issues/9070).
        """
        try:
            columns = map(list, itertools.zip_longest(*calls))
            with import_checked("dask").annotate(**annotations) if annotations else contextlib.ExitStack():
                return list(self.client.map(function, *columns, key=keys, pure=False, **self.submit_kwargs))
        except Exception as exc:
            if self.lost:
                raise self.loss() from exc
            raise

    def gather(self, futures: Sequence[Any], then: Callable[[Any], None]) -> None:
        """Request the results of futures that are done, together; `then` gets what `result` reads, on the event loop.

        If the connection is lost, it may get nothing.
        """
        self._request(lambda: self.client.gather(list(futures), asynchronous=True), then)

    def exception(self, future: Any) -> BaseException:
        """Return the exception that a task ended with outside of this package's code: its worker's death."""
        exc = self._ask(lambda: future.exception(asynchronous=True))
        return exc if isinstance(exc, BaseException) else RuntimeError(repr(exc))

    def cancel(self, futures: Sequence[Any]) -> None:
        """Tell the scheduler to drop tasks, without waiting for its answer."""
        if futures and self.client.status == "running":
            self.client.loop.add_callback(self.client.cancel, list(futures), asynchronous=True)

    def soon(self, then: Callable[[], None]) -> None:
        """Have the event loop call `then` once what was submitted before is on its way."""
        self.client.loop.add_callback(then)

    def _ask(self, request: Callable[[], Any]) -> Any:
        """Make a request that the scheduler answers by itself, and return its answer.

        Raises
        ------
        SchedulerLostError
        """
        try:
            return self.answer(self.ask(request), GIVING_UP)
        except NoAnswerError:
            raise self._given_up() from None

    def ask(self, request: Callable[[], Any]) -> "concurrent.futures.Future[Any]":
        """Make a request on the client's event loop, and return what `answer` waits for."""
        self.check()
        answered: concurrent.futures.Future[Any] = concurrent.futures.Future()
        self._request(request, answered.set_result)
        return answered

    def answer(self, answered: "concurrent.futures.Future[Any]", seconds: float) -> Any:
        """Wait for the answer to a request, or for the loss of the connection.

        Raises
        ------
        SchedulerLostError
        NoAnswerError
            There is no answer after some seconds; it can be waited for again.
        """
        deadline = time.monotonic() + seconds
        while not concurrent.futures.wait([answered], timeout=PATIENCE).done:
            self.check()
            if time.monotonic() > deadline:
                raise NoAnswerError
        return self.result(answered.result())

    def _request(self, request: Callable[[], Any], then: Callable[[Any], None]) -> None:
        from tornado import gen

        def begin() -> None:
            try:
                answer = gen.convert_yielded(request())
            except BaseException as exc:
                failed: concurrent.futures.Future[Any] = concurrent.futures.Future()
                failed.set_exception(exc)
                then(failed)
            else:
                self.client.loop.add_future(answer, then)

        self.client.loop.add_callback(begin)

    def result(self, answer: Any) -> Any:
        """Return what an answer says, a future that is done, or raise its failure."""
        from distributed.comm import CommClosedError

        try:
            return answer.result()
        except Exception as exc:
            # a request may notice it before the client does
            if isinstance(exc, CommClosedError) or self.lost:
                raise self.loss() from exc
            raise


#: By client: addresses of the workers that have this package's sources, as far as they have reported.
_taught: "weakref.WeakKeyDictionary[Any, Set[str]]" = weakref.WeakKeyDictionary()

#: By client: the span of its calls.
_spans: "weakref.WeakKeyDictionary[Any, Dict[str, Any]]" = weakref.WeakKeyDictionary()

#: By client: seconds that the tasks of a function lasted, by its name.
_durations: "weakref.WeakKeyDictionary[Any, Dict[str, float]]" = weakref.WeakKeyDictionary()


def no_workers(client: Any, timeout: Optional[float]) -> NoWorkersError:
    """Make the error for a cluster that has no worker."""
    timeout = timeout or 0
    return NoWorkersError(
        f"The cluster at {address(client)} has no worker after {timeout:g} seconds.",
        "no worker connected to the scheduler, or all of them left during the call.",
        f"start workers (dask worker {address(client)}), or wait longer: "
        f"parallel_backend('dask', wait_for_workers_timeout={max(10, 2 * timeout):g})",
        _READ + "#no-workers",
    )


def address(client: Any) -> str:
    scheduler = getattr(client, "scheduler", None)
    return str(getattr(scheduler, "address", None) or "an unknown address")
