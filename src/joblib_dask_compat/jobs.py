"""What a call owes to joblib: the batches that joblib handed over, and their answers."""

import threading
from typing import Any, Callable, List, Optional

from .errors import TasksCancelledError, TaskTimeoutError
from .worker import Task


class Job:
    """One batch that joblib handed over, answered in one piece.

    It answers ``get`` and ``result``, by which joblib before 1.3 fetches results in the caller's thread, and is what
    joblib from 1.3 on passes to ``retrieve_result_callback``.
    """

    def __init__(self, tasks: List[Task], callback: Optional[Callable[..., Any]]) -> None:
        self.tasks = tasks
        self.callback = callback
        self.failure: Optional[BaseException] = None
        self._results: List[Any] = [None] * len(tasks)
        self._open = len(tasks)
        self._ended = threading.Event()
        if not tasks:
            self._ended.set()

    def answer(self, position: int, result: Any) -> bool:
        """Take in one task's result, and tell whether it was the last."""
        self._results[position] = result
        self._open -= 1
        if not self._open:
            self.tasks = []
            self._ended.set()
        return not self._open

    def fail(self, failure: BaseException) -> None:
        """End with a failure, unless the job has ended already."""
        if not self._ended.is_set():
            self.failure = failure
            self.tasks = []
            self._ended.set()

    def forget(self) -> None:
        """Let go of the failure, which once raised holds, through its traceback, the block and all its values."""
        if self.failure is not None:
            self.failure = cancelled("the call had ended")

    @property
    def ended(self) -> bool:
        """Whether results or a failure are here."""
        return self._ended.is_set()

    def get(self, timeout: Optional[float] = None) -> List[Any]:
        """Return the results, or raise what the job failed with."""
        if not self._ended.wait(timeout):
            raise TaskTimeoutError(
                "A batch of tasks took longer than %g seconds." % (timeout or 0),
                "Parallel(timeout=%g) was asked for." % (timeout or 0),
                "give a longer timeout, or none",
                "docs/errors.md#task-timeout",
            )
        if self.failure is not None:
            raise self.failure
        return self._results

    result = get


def cancelled(detail: str) -> TasksCancelledError:
    """Make the error for tasks that somebody else cancelled."""
    return TasksCancelledError(
        f"The tasks of a running call were cancelled ({detail}).",
        "Client.cancel or Client.restart was called, or the scheduler dropped the tasks.",
        "repeat the call; look at the scheduler's log for the reason",
        "docs/errors.md#tasks-cancelled",
    )
