"""One parallel call: a thread of its own that owns all of the call's state, and so needs no locks.

joblib's threads only put things into its inbox. Joblib's callbacks are called from here, and so is the dispatch of
further tasks that they bring about, under the scikit-learn configuration of the thread that made the call.
"""

import collections
import contextlib
import logging
import math
import queue
import threading
import time
from typing import Any, Callable, Deque, Dict, List, Optional

from . import serialize, surroundings, worker
from .batching import BATCHES_PER_THREAD, BatchSize
from .jobs import Job, cancelled
from .losses import Losses
from .packing import TOGETHER, Batch, Item, Parcel, packed
from .placement import CallValues
from .shipping import shipped
from .watch import TICK, Watch

_log = logging.getLogger(__name__)

#: Seconds for which tasks are taken from joblib before those that are here are sent.
STOCKING = 0.01

#: Seconds for which a call's first tasks wait for those that joblib dispatches right behind them: what goes in a second
#: message, the client sends 10 ms after the first (``interval`` of its ``distributed.batched.BatchedSend``).
SETTLING = 0.002


class Call:
    """The tasks of one ``Parallel`` call on their way to the cluster and back.

    Parameters
    ----------
    block : block.Block
        What the calls of a block share: connection, named values, counts.
    most : int or None
        Tasks that may run at once on the cluster; None, as many as it has threads, now and later.
    fixed : int or None
        The number of tasks in a batch that the user asked for; None, as the tasks' durations suggest.
    ahead : bool
        Whether more tasks may be dispatched than joblib's default; no, if the user chose another ``pre_dispatch``.
    feed : callable
        ``feed()`` has joblib dispatch one more batch, and tells whether there may be another.
    tell : callable
        ``tell(failure, job)`` tells joblib that the call failed, with one of the jobs that did; None, none is open.
    size : BatchSize
    """

    def __init__(
        self,
        block: Any,
        most: Optional[int],
        fixed: Optional[int],
        ahead: bool,
        feed: Callable[[], bool],
        tell: Callable[[BaseException, Optional[Job]], None],
        size: BatchSize,
    ) -> None:
        self._block = block
        self._connection = block.connection
        self._most = most
        self._fixed = fixed
        self._ahead = ahead and fixed is None
        self._feed = feed
        self._tell = tell
        self._size = size
        self._inbox: queue.Queue[Any] = queue.Queue()
        self._jobs: Dict[Job, None] = {}  # those not answered yet, oldest first
        self._dispatched = 0  # by joblib itself
        self._waiting: Deque[Item] = collections.deque()
        self._running: Dict[Any, Batch] = {}
        self._begun = False  # every thread was sent a batch
        self._finished: Dict[Any, Batch] = {}  # whose reports are not requested yet
        self._fetched: Dict[Any, Batch] = {}  # whose reports are on their way
        self._losses = Losses()
        self._values = CallValues(block.connection, block.named)
        self._annotations = block.connection.annotations()
        self._order = worker.Order(block.copies, surroundings.sklearn_config(), math.inf)
        self._watch = Watch(block, self._running, self._fetched)
        self._failure: Optional[BaseException] = None
        self._failed: List[Job] = []
        self._over = False
        self.warned: List[surroundings.Warned] = []
        self._thread = threading.Thread(target=self._live, name="joblib-dask-call", daemon=True)
        self._thread.start()

    # -- called by joblib's threads

    def add(self, tasks: List[worker.Task], callback: Optional[Callable[..., Any]]) -> Job:
        """Take over a batch; its results come back through the returned job and the callback."""
        job = Job(tasks, callback)
        if threading.current_thread() is self._thread:
            self._accept(job)
        else:
            self._dispatched += 1
            self._inbox.put((Call._accept, job))
        if self._over:  # joblib dispatched once more while it was stopping; nobody will take the job out
            job.fail(cancelled("the call had ended"))
        return job

    def end(self) -> None:
        """Stop: drop what has not started, release everything, end the thread."""
        self._over = True
        self._inbox.put((None, None))

    @property
    def in_flight(self) -> int:
        """How many tasks are on the cluster."""
        return sum(len(batch.items) for batch in list(self._running.values()))

    def take_warnings(self) -> List[surroundings.Warned]:
        """Return the warnings of the tasks that ended since the last time."""
        taken, self.warned = self.warned, []
        return taken

    # -- the thread

    def _live(self) -> None:
        with contextlib.ExitStack() as stack:
            self._guard(surroundings.configure_sklearn, self._order.config, stack)
            while not self._over:
                self._guard(self._turn)
        self._release()
        self._failure = None
        for job in self._failed:
            job.forget()

    def _guard(self, step: Callable[..., None], *arguments: Any) -> None:
        """Do a step; whatever it raises, the caller hears of it, and this thread goes on to answer what comes."""
        try:
            step(*arguments)
        except BaseException as exc:
            self._fail(exc)

    def _turn(self) -> None:
        self._receive()
        self._look_at_cluster()
        self._stock()
        self._send()

    def _receive(self) -> None:
        """Wait for something to come in, then take in all that is there, finished batches together."""
        done: List[Any] = []
        try:
            action, subject = self._inbox.get(timeout=TICK)
            while True:
                if action is Call._collect:
                    done.append(subject)
                elif action is not None:
                    action(self, subject)
                few = not self._begun and len(self._waiting) < self._threads
                action, subject = self._inbox.get(timeout=SETTLING if few else 0)
        except queue.Empty:
            pass
        if done and not self._over:
            self._collect(done)

    def _accept(self, job: Job) -> None:
        if self._failure is not None:
            job.fail(self._failure)
            self._failed.append(job)
            return
        self._jobs[job] = None
        self._waiting.extend((job, position) for position in range(len(job.tasks)))

    def _look_at_cluster(self) -> None:
        """Follow the cluster's size, and fail rather than wait for a cluster that is gone."""
        if not self._jobs or not self._watch.due:
            return
        # a batch whose values were lost with their worker may be neither done nor pending, and then nobody calls back
        self._collect([future for future in self._running if future.status not in ("pending", "finished", "error")])
        grown = self._watch.look()
        if self._most is None:
            for _ in range(2 * grown):
                self._feed()

    def _stock(self) -> None:
        """Have joblib dispatch as many tasks as full batches take, where tasks are so short that they share one.

        By itself it dispatches one batch for each that ended, however small, and cuts the last ones to single tasks.
        Not before it dispatched two: until its first dispatch is over, it takes the iterator for open.
        """
        if self._ahead and self._size.ideal() > 1 and self._dispatched > 1:
            spread = self._size.stock(self._slots(), self._threads)
            wanted = spread if self._begun else self._size.ideal() * self._threads
            until = time.monotonic() + STOCKING
            while len(self._waiting) < wanted and self._failure is None and not self._over and self._feed():
                if time.monotonic() > until:  # a slow iterator: what it gave is sent, and the next turn goes on
                    self._inbox.put((None, None))
                    return

    def _send(self) -> None:
        """Submit batches as long as tasks are waiting and the cluster may take more.

        The first time, one for each thread: they are on their way before the next are taken from joblib and packed,
        which would keep the event loop from sending them.
        """
        if self._waiting and not self._begun:
            self._submit(self._packed(min(self._slots(), self._threads)))
            self._begun = True
            self._connection.soon(lambda inbox=self._inbox: inbox.put((None, None)))
            return
        while self._waiting and not self._over:
            slots = self._slots()
            if slots <= 0:
                return
            self._submit(self._packed(slots))

    @property
    def _threads(self) -> int:
        """How many tasks may run at once."""
        return self._most or max(1, self._block.threads)

    def _slots(self) -> int:
        """How many more batches the cluster may take."""
        return (self._most or BATCHES_PER_THREAD * self._threads) - len(self._running)

    def _packed(self, slots: int) -> List[Parcel]:
        """Pack the batches that travel together."""
        parcels: List[Parcel] = []
        weight = 0
        while self._waiting and len(parcels) < slots and weight < TOGETHER:
            items = self._next_batch()
            order = self._order if self._fixed else self._order._replace(budget=self._size.budget(len(items)))
            try:
                parcel = packed(items, order, self._values)
            except Exception as exc:
                self._fail(exc, culprit=items[0][0])
                return []
            parcels.append(parcel)
            weight += parcel.weight
            self._size.learn_packing(parcel.seconds, len(items), self._threads)
        return parcels

    def _next_batch(self) -> List[Item]:
        """Take the tasks of the next batch from those that are waiting."""
        count = self._fixed or self._size.next(len(self._waiting), self._threads)
        items = [self._waiting.popleft()]
        if not self._losses.is_alone(items[0]):
            while len(items) < count and self._waiting and not self._losses.is_alone(self._waiting[0]):
                items.append(self._waiting.popleft())
        return items

    def _submit(self, parcels: List[Parcel]) -> None:
        if not parcels:
            return
        run = shipped("worker", "run")
        all_have_it = self._connection.taught.issuperset(self._block.workers)
        try:
            futures = self._connection.submit(
                run.brief if all_have_it else run,
                [(parcel.data, *parcel.batch.placed) for parcel in parcels],
                [parcel.key for parcel in parcels],
                self._annotations,
            )
        except Exception as exc:
            self._fail(exc, culprit=parcels[0].batch.items[0][0])
            return
        for future, parcel in zip(futures, parcels):
            self._running[future] = parcel.batch
            self._block.run.submitted += len(parcel.batch.items)
            future.add_done_callback(self._put_done)

    def _put_done(self, future: Any) -> None:
        self._inbox.put((Call._collect, future))

    def _collect(self, done: List[Any]) -> None:
        """Have the reports of finished batches fetched; put back those whose values were lost with a worker."""
        for future in done:
            batch = self._running.pop(future, None)
            if batch is None:
                continue
            if future.status == "finished":
                self._finished[future] = batch
            elif not self._sent_back(future, batch):
                self._fail(self._reason(future), culprit=batch.items[0][0])
                return
        self._fetch()

    def _fetch(self) -> None:
        """Request the reports that are there, in one go; those that come meanwhile are the next request."""
        if self._fetched or not self._finished:
            return
        self._fetched.update(self._finished)
        self._finished.clear()
        inbox = self._inbox  # not the call, which a request may outlive
        self._connection.gather(list(self._fetched), lambda answer: inbox.put((Call._take_in, answer)))

    def _take_in(self, answer: Any) -> None:
        """Answer the jobs of batches whose reports were fetched, put back what workers handed back."""
        fetched = list(self._fetched.items())
        self._fetched.clear()
        if self._failure is not None or self._over:
            return
        self._fetch()
        try:
            reports = self._connection.result(answer)
        except Exception as exc:
            # distributed 1 raises KeyError where a worker that held a report was killed in the meantime
            for future, batch in fetched:
                if not self._sent_back(future, batch):
                    failure = exc if future.status == "finished" else self._reason(future)
                    self._fail(failure, culprit=batch.items[0][0])
                    return
            return
        for (_, batch), data in zip(fetched, reports):
            if self._failure is not None or self._over:
                return
            if data is None:  # a worker that came just now, or came again, and has not this package's sources
                self._connection.taught.clear()
                self._put_back(batch.items)
            else:
                self._answer(batch.items, worker.Report(*serialize.loads(data)))

    def _sent_back(self, future: Any, batch: Batch) -> bool:
        """Put a batch back whose report, or whose large values, were lost with the worker that held them."""
        if self._connection.lost:
            return False
        held = self._connection.hold(batch.placed)
        if not held:
            self._values.forget(batch.placed)  # they are placed anew
        elif future.status == "cancelled":
            return False
        if held and future.status == "error":  # distributed gave up on it
            again = self._losses.apart(batch.items)
        else:
            again = self._losses.again(batch.items)
        if again:
            self._put_back(batch.items)
        return again

    def _put_back(self, items: List[Item]) -> None:
        """Have tasks wait again, before all others and in their order."""
        self._waiting.extendleft(reversed(items))

    def _reason(self, future: Any) -> BaseException:
        """Return why a batch has no report: its worker died, the scheduler is lost, or somebody cancelled it."""
        if self._connection.lost:
            failure: BaseException = self._connection.loss()
        elif future.status == "error":
            failure = self._connection.exception(future)
        else:
            failure = cancelled(f"future status: {future.status!r}")
        return failure

    def _answer(self, items: List[Item], report: worker.Report) -> None:
        finished = len(report.results)
        self._watch.moved()
        self._size.learn(finished, report.seconds)
        self._connection.taught.add(report.worker)
        self._block.run.count(finished + (report.failure is not None), report.worker)
        self.warned.extend(report.warned)
        if report.failure is not None:
            culprit = items[min(finished, len(items) - 1)][0]
            self._fail(worker.unpack_failure(report.failure), culprit)
            return
        self._put_back(items[finished:])
        self._losses.forget(items[:finished])
        for (job, position), result in zip(items, report.results):
            if job.answer(position, result):
                del self._jobs[job]
                try:
                    self._callback(job)
                finally:
                    job.end()

    def _callback(self, job: Job) -> None:
        if job.callback is not None:
            try:
                job.callback(job)
            except Exception as exc:  # the iterator over the tasks raised
                self._fail(exc)

    def _fail(self, failure: BaseException, culprit: Optional[Job] = None) -> None:
        """End the call: every job that is open raises this failure, and what runs is cancelled."""
        if self._failure is None and not self._over:
            self._failure = failure
            self._failed = jobs = list(self._jobs)
            for job in jobs:
                job.fail(failure)
            told = culprit if culprit in self._jobs else next(iter(jobs), None)
            try:
                self._tell(failure, told)
            except Exception:
                # the jobs have failed already; what joblib raised here is no reason to end this thread
                _log.exception("joblib could not be told of a failed call")
            finally:
                self._release()

    def _release(self) -> None:
        self._connection.cancel(list(self._running))
        for batches in (self._running, self._finished, self._fetched):
            batches.clear()
        self._waiting.clear()
        self._losses.clear()
        self._jobs.clear()
        self._values.release()
