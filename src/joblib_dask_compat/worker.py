"""What runs on a worker: one batch of tasks, and the report that it sends home.

Tasks run inside a block of the same backend, so that the parallel calls that they make go to the cluster too.
"""

import contextlib
import threading
import time
import traceback
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from . import serialize, surroundings
from .copies import SITE, loaded_copies
from .errors import TaskError

#: Releases of distributed whose workers keep the result of a task that was released while it ran: they forget the task,
#: put its result into ``Worker.data`` when it ends, and the scheduler, which knows of neither, never has it deleted.
#: https://github.com/dask/distributed/blob/2020.12.0/distributed/worker.py (``release_key`` and ``execute``)
KEEPING_RESULTS = frozenset(["2020.12.0", "2021.01.0"])

Task = Tuple[Any, Tuple[Any, ...], Dict[str, Any]]


class Order(NamedTuple):
    """What a batch's tasks need besides themselves."""

    copies: List[str]  #: names of the joblib copies in which the tasks' own calls enter the backend
    config: Dict[str, Any]  #: scikit-learn's configuration
    budget: float  #: seconds after which the rest of the batch is handed back


class Report(NamedTuple):
    """What came of a batch."""

    results: List[Any]  #: of the first tasks of the batch; the rest were handed back, or nobody waits for them
    failure: Optional[bytes]  #: the exception that ended it, pickled (see `unpack_failure`)
    warned: List[surroundings.Warned]
    seconds: float  #: spent in the tasks
    worker: str  #: address of the worker


def run(order_and_tasks: bytes, *large: Any) -> bytes:
    """Run a batch, of which `large` has the large values, and return its pickled `Report`.

    Nothing that goes wrong in here raises: an exception that travels as a result arrives on every version of
    distributed, with its type, its arguments and its traceback.
    """
    from distributed import __version__, get_worker

    here = get_worker()
    batch = here.active_threads.get(threading.get_ident())
    address = str(here.address)
    results: List[Any] = []
    failure = None
    started = time.perf_counter()
    loaded_copies([SITE])  # whole, before unpickling in two threads at once comes upon parts of it
    with surroundings.recording_warnings() as records:
        try:
            fields, tasks = serialize.loads(order_and_tasks, large)
            order = Order(*fields)
            started = time.perf_counter()
            with contextlib.ExitStack() as stack:
                _enter_nested_blocks(order, stack)
                surroundings.configure_sklearn(order.config, stack)
                for function, args, kwargs in tasks:
                    results.append(function(*args, **kwargs))
                    if time.perf_counter() - started > order.budget or not _is_wanted(here, batch):
                        break
        except BaseException as exc:  # SystemExit, too, must not end the worker's thread
            failure = _pack_failure(exc)
    seconds = time.perf_counter() - started
    if __version__ in KEEPING_RESULTS and batch is not None:
        here.loop.add_callback(here.loop.call_later, 1, _drop_if_released, here, batch)
    warned = surroundings.counted(records)
    try:
        return serialize.dumps(tuple(Report(results, failure, warned, seconds, address)))
    except Exception as exc:
        # a result, or a warning of the user's own class, that cannot be pickled
        return serialize.dumps(tuple(Report([], failure or _pack_failure(exc), [], seconds, address)))


def _is_wanted(here: Any, batch: Any) -> bool:
    """Tell whether anybody still waits for a batch that runs here.

    distributed says to no task that it was cancelled. Its worker forgets such a task, in 1.20 to 2021.9, or marks it,
    in later releases, which also moved its list of tasks from the worker to its ``state``.
    """
    if batch is None:  # not in one of the worker's threads
        return True
    task = getattr(here, "state", here).tasks.get(batch)
    return task is not None and getattr(task, "state", None) != "cancelled"


def _drop_if_released(here: Any, batch: Any) -> None:
    """Drop the report of a batch that ended after it was released; runs in the worker's event loop."""
    if batch not in here.tasks:
        here.data.pop(batch, None)


def _enter_nested_blocks(order: Order, stack: contextlib.ExitStack) -> None:
    from .backend import nested_backend

    for copy in loaded_copies(order.copies):
        stack.enter_context(copy.entered(nested_backend(copy, order.copies), n_jobs=-1))


class _WorkerTracebackError(Exception):
    """The traceback on the worker, shown as the cause of the exception that it belongs to."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f'\n"""\n{self.text}"""'


def _pack_failure(exc: BaseException) -> bytes:
    text = "".join(traceback.format_exception(type(exc), exc, exc.__traceback__))
    _forget_frames(exc)
    bare = (type(exc), exc.args, {k: v for k, v in vars(exc).items() if not k.startswith("__")})
    for form in (exc, bare):
        try:
            data = serialize.dumps((form, text))
            serialize.loads(data)  # many an exception can be pickled, but not unpickled
            return data
        except Exception:
            continue
    name = f"{type(exc).__module__}.{type(exc).__qualname__}"
    stand_in = TaskError(
        f"A task raised {name}: {exc}",
        "the exception itself cannot be pickled, so this one stands for it.",
        "read the worker's traceback above; to keep the type, give the exception's class a working __reduce__",
        "docs/errors.md#task-error",
    )
    return serialize.dumps((stand_in, text))


def _forget_frames(exc: Optional[BaseException]) -> None:
    """Drop the tracebacks of an exception and of those before it.

    Where tblib lets them be pickled (distributed installs it), frames made for them at the other end would hold on to
    what unpickles them there.
    """
    seen: List[BaseException] = []
    while exc is not None and exc not in seen:
        seen.append(exc)
        exc.__traceback__ = None
        _forget_frames(exc.__context__ if exc.__context__ is not exc.__cause__ else None)
        exc = exc.__cause__


def unpack_failure(data: bytes) -> BaseException:
    """Return a task's exception, with the worker's traceback as its cause."""
    form, text = serialize.loads(data)
    if isinstance(form, tuple):
        cls, args, attributes = form
        form = cls.__new__(cls)
        form.args = args
        form.__dict__.update(attributes)
    form.__cause__ = _WorkerTracebackError(text)
    return form  # type: ignore
