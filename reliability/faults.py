"""The faults of which docs/reliability.md tells: what is done, and which answers a caller may get.

The tests of tests/deployed bring them about, and state by their names here what came of it.
"""

from __future__ import annotations

from typing import NamedTuple

COMPLETES = "completes"
RESTS = "comes to rest"
CALM = (COMPLETES, RESTS)


class Fault(NamedTuple):
    """A fault."""

    fault: str
    done: str
    answers: tuple[str, ...] = (COMPLETES,)  #: `COMPLETES`, `RESTS`, or the classes of errors


class Loss(NamedTuple):
    """What distributed itself loses with a fault, and what becomes of it."""

    fault: str
    lost: str
    answer: str


_SEARCH = "`kill -9` of the worker that has just run a fit, each time as soon as the last one's heir ran 40, of {} fits"
_CALL = "a call of endless tasks; the clock stops when {}"

FAULTS = {
    "worker-killed": Fault("workers die again and again", _SEARCH.format("1,200")),
    "worker-killed-long": Fault("workers die again and again, for longer", _SEARCH.format("4,800")),
    "worker-left": Fault("the only worker leaves, and another one comes", "`kill -9`, and `SIGTERM`, in mid-call"),
    "reports-lost": Fault(
        "a worker dies with results that were not fetched yet", "`kill -9` of the only worker; another one comes"
    ),
    "worker-stopped": Fault(
        "a worker is stopped and goes on",
        "`SIGSTOP` in a task; `SIGCONT`, from which the seconds count, once the other worker ran 10 tasks",
    ),
    "worker-stopped-for-good": Fault(
        "a worker is stopped for good", "`SIGSTOP` in a task, where the scheduler's `worker-ttl` is 3 s instead of 300"
    ),
    "worker-cut-off": Fault(
        "a worker is cut off from the network", "its link is cut in mid-search; connections are given up after 12 s"
    ),
    "client-cut-off": Fault(
        "the client is cut off from the network",
        "its link is cut in mid-call; connections are given up after 12 s",
        ("SchedulerLostError",),
    ),
    "scheduler-killed": Fault("the scheduler dies", "`kill -9` while a task runs", ("SchedulerLostError",)),
    "memory-once": Fault(
        "a worker exceeds its memory limit", "the first run of one task takes 1.5 times the limit; its nanny kills it"
    ),
    "memory-always": Fault(
        "a task that exceeds every worker's memory limit",
        "each run of one task takes 1.5 times the limit; nannies kill two workers, where `allowed-failures` is 1",
        ("KilledWorker",),
    ),
    "memory-paused": Fault(
        "a task leaves memory behind, and its worker pauses",
        "the only worker holds 87 % of its memory limit; `wait_for_workers_timeout` is 5 s",
        ("NoWorkersError",),
    ),
    "disk-full": Fault(
        "the disk is full to which workers spill",
        "two values of 40 MB, each beyond the threshold, and 1 MB of disk; old workers refuse what they cannot spill",
        (COMPLETES, "OSError", "Exception"),
    ),
    "task-raises": Fault("a task raises", "`LookupError`", ("LookupError",)),
    "task-exits": Fault("a task exits", "`sys.exit(3)`", ("SystemExit",)),
    "task-interrupts_itself": Fault("a task interrupts itself", "`KeyboardInterrupt`", ("KeyboardInterrupt",)),
    "task-recurses_to_the_limit": Fault("a task recurses to the limit", "`RecursionError`", ("RecursionError",)),
    "task-returns_a_lock": Fault("a result cannot be pickled", "`threading.Lock()`", ("TypeError",)),
    "task-returns_what_is_too_deep_to_pickle": Fault(
        "a result is too deep to pickle", "100,000 lists in one another", ("RecursionError", "PicklingError")
    ),
    "task-prints_megabytes": Fault("a task prints megabytes", "5 MB on each of stdout and stderr"),
    "task-forks": Fault("a task forks", "`os.fork()`, and waits for its child"),
    "task-starts_a_process": Fault("a task starts a process", "`subprocess.call`"),
    "client-SIGINT": Fault("Ctrl-C in the client", _CALL.format("the scheduler holds no task"), (RESTS,)),
    "client-SIGTERM": Fault("`SIGTERM` to the client", _CALL.format("the scheduler holds no task"), (RESTS,)),
    "own-cluster-SIGINT": Fault(
        "Ctrl-C in a client with a cluster of its own", _CALL.format("no process is left"), (RESTS,)
    ),
    "own-cluster-SIGTERM": Fault(
        "`SIGTERM` to a client with a cluster of its own", _CALL.format("no process is left"), (RESTS,)
    ),
}

_RESILIENCE = "https://distributed.dask.org/en/stable/resilience.html"
_KILLED = "https://distributed.dask.org/en/stable/killed.html"
_ISSUES = "https://github.com/dask/distributed/issues"

LOSSES = [
    Loss(
        "the scheduler dies",
        f"all it knows of tasks and results: it [keeps nothing on disk]({_ISSUES}/1072)",
        "`SchedulerLostError`",
    ),
    Loss(
        "the workers die that hold a large value",
        f"the value: what was scattered [cannot be computed again]({_RESILIENCE}), and a task that needs it "
        f"[is cancelled]({_ISSUES}/3149)",
        "the value is placed anew and the tasks run again, three times at most; then `TasksCancelledError`",
    ),
    Loss(
        "four workers die, each while it has the same task",
        f"the task: it is [given up]({_KILLED}), also where the cause was another task of that worker",
        "its batch is sent again task by task; then distributed's `KilledWorker` for the one that still kills workers",
    ),
    Loss(
        "tasks leave memory behind, between the shares at which workers pause and at which nannies kill them",
        f"the workers: a paused one [stays paused]({_ISSUES}/5999) until the memory is freed",
        "`NoWorkersError`, once all have been paused, with nothing running, for `wait_for_workers_timeout`",
    ),
]
