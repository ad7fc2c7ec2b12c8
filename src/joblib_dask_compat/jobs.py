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
        """Take in one task's result, and tell whether it was the last: then the callback is due, and `end`."""
        self._results[position] = result
        self._open -= 1
        if not self._open:
            self.tasks = []
        return not self._open

    def end(self) -> None:
        """Let those go on who wait for the results.

        Not before the callback was called: joblib 0.11 takes a call for complete when its last job has ended, even if
        the callback is about to dispatch another.
        """
        self._ended.set()

    def fail(self, failure: BaseException) -> None:
        """End with a failure, unless the job has ended already."""
        if self._open and self.failure is None:
            self.failure = failure
            self.tasks = []
            self._ended.set()

    def forget(self) -> None:
        """Let go of the failure, which once raised holds, through its traceback, the block and all its values."""
        if self.failure is not None:
            self.failure = cancelled("the call had ended")

    def get(self, timeout: Optional[float] = None) -> List[Any]:
        """Wait for the job's end and return the results, or raise what it failed with."""
        if not self._ended.wait(timeout):
            raise TaskTimeoutError(
                "A batch of tasks took longer than %g seconds." % (timeout or 0),
                "Parallel(timeout=%g) was asked for." % (timeout or 0),
                "give a longer timeout, or none",
                "docs/errors.md#task-timeout",
            )
        return self.outcome()

    def outcome(self) -> List[Any]:
        """Return the results that are here, or raise what the job failed with."""
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


def described(tasks: List[Task]) -> str:
    """Name a batch for the dashboard, as joblib's own backend does since 0.16, but without the number of its tasks.

    The scheduler keeps, by name, how long tasks last, and what it keeps stays.
    """
    names = [function_name(task) for task in tasks]
    mixed = "mixed_" if len(set(names)) > 1 else ""
    return f"{mixed}batch_of_{names[0]}"


def function_name(task: Task) -> str:
    """Name a task's function."""
    function = _function(task)
    return str(getattr(function, "__name__", type(function).__name__)).strip("<>")


def function_path(task: Task) -> str:
    """Name a task's function with its module: two of one name may last differently."""
    function = _function(task)
    return "{}.{}".format(getattr(function, "__module__", ""), getattr(function, "__qualname__", function_name(task)))


def _function(task: Task) -> Any:
    """Return a task's function: the inner one of wrappers and partials."""
    return getattr(task[0], "func", getattr(task[0], "function", task[0]))
