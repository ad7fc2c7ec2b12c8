"""The faults of which docs/reliability.md tells: what is done, and which answers a caller may get.

The tests of tests/deployed bring them about, and state by their names here what came of it.
"""

from __future__ import annotations

from typing import NamedTuple

COMPLETES = "completes"
RESTS = "comes to rest"
CALM = (COMPLETES, RESTS)


#: Seconds in which what distributed knows of is raised, or makes a cluster rest; for a lost scheduler twice as many.
KNOWN = 5
SCHEDULER = 10

#: Seconds in which a call completes that needs new workers, on a busy machine too; a call that hangs does not.
WORK = 60

#: Seconds that distributed gives to a cluster whose end was interrupted.
INTERRUPTED = 10

#: Seconds without an answer after which the tests give up connections.
SILENCE = 12


class Fault(NamedTuple):
    """A fault."""

    fault: str
    done: str
    within: int  #: seconds until the answer, at most
    answers: tuple[str, ...] = (COMPLETES,)  #: `COMPLETES`, `RESTS`, or the classes of errors


class Loss(NamedTuple):
    """What distributed itself loses with a fault, and what becomes of it."""

    fault: str
    lost: str
    answer: str


_SEARCH = "`kill -9` of the worker that has just run a fit, each time as soon as the last one's heir ran 40, of {} fits"
_LEFT = "`{}` in mid-call; another one is started as soon as the scheduler has removed it"
_CUT = f"{{}}; connections are given up after {SILENCE} s"
_CALL = "{}, in a call of endless tasks; the clock stops when {}"
_IDLE, _GONE = "the scheduler holds no task", "no process is left"
_TERMINAL = "`SIGINT` to its process group"
_TWICE = f"{_TERMINAL}, and once more as soon as it has noticed"

FAULTS = {
    "worker-killed": Fault("workers die again and again", _SEARCH.format("2,010 (on older stacks 1,200)"), WORK),
    "worker-killed-long": Fault("workers die again and again, for longer", _SEARCH.format("4,800"), WORK),
    "worker-left-SIGKILL": Fault("the only worker is killed, and another one comes", _LEFT.format("kill -9"), WORK),
    "worker-left-SIGTERM": Fault("the only worker is terminated, and another one comes", _LEFT.format("SIGTERM"), WORK),
    "reports-lost": Fault(
        "a worker dies with results that were not fetched yet", "`kill -9` of the only worker; another one comes", WORK
    ),
    "worker-stopped": Fault(
        "a worker is stopped and goes on",
        "`SIGSTOP` in a task; `SIGCONT`, from which the seconds count, once the other worker ran 10 tasks",
        WORK,
    ),
    "worker-stopped-for-good": Fault(
        "a worker is stopped for good",
        "`SIGSTOP` in a task, where the scheduler's `worker-ttl` is 3 s instead of 300",
        3 + WORK,
    ),
    "worker-stopped-no-ttl": Fault(
        "a worker is stopped for good, and the scheduler has no `worker-ttl`",
        "`SIGSTOP` in a task; a call waits 6 s here instead of 660",
        6 + WORK,
        ("SilentWorkerError",),
    ),
    "worker-stopped-holding": Fault(
        "a worker is stopped that holds results, and the scheduler has no `worker-ttl`",
        "`SIGSTOP` as soon as it is asked for a result; a call waits 6 s here instead of 660",
        6 + WORK,
        ("SilentWorkerError",),
    ),
    "worker-stopped-before": Fault(
        "a worker is stopped, and large values are placed",
        "`SIGSTOP` of one of two before the call, whose tasks are for the other one, and its values for either; who "
        "says nothing is looked for after 2 s here instead of 10",
        8 + WORK,
    ),
    "worker-cut-off": Fault(
        "a worker is cut off from the network", _CUT.format("its link is cut in mid-search"), SILENCE + WORK
    ),
    "worker-joined-again": Fault(
        "a worker is cut off, and joined again before anybody noticed",
        "its link is cut in mid-search until the other worker ran 20 fits; the seconds count from then on",
        WORK,
    ),
    "worker-joined-too-late": Fault(
        "a worker is cut off, and joined again when the scheduler has given it up",
        _CUT.format(
            "its link is cut in mid-search until then, from which on the seconds count; it ends, and is started anew"
        ),
        WORK,
    ),
    "links-impaired": Fault(
        "the network is slow and loses packets",
        "the links of the client and of one worker delay each frame by 20 ms and lose 5 %, each way; the seconds are "
        "those of the whole search",
        2 * WORK,
    ),
    "client-cut-off": Fault(
        "the client is cut off from the network",
        _CUT.format("its link is cut in mid-call"),
        SILENCE + SCHEDULER,
        ("SchedulerLostError",),
    ),
    "scheduler-cut-off": Fault(
        "the scheduler is cut off from the network",
        _CUT.format("its link is cut in mid-call"),
        SILENCE + SCHEDULER,
        ("SchedulerLostError",),
    ),
    "scheduler-killed": Fault("the scheduler dies", "`kill -9` while a task runs", SCHEDULER, ("SchedulerLostError",)),
    "scheduler-stopped": Fault(
        "the scheduler is stopped",
        "`SIGSTOP` while a task runs; a call waits 4 s here instead of 660",
        4 + SCHEDULER,
        ("SchedulerLostError",),
    ),
    "memory-once": Fault(
        "a worker exceeds its memory limit",
        "the first run of one task takes 1.5 times the limit; its nanny kills it",
        WORK,
    ),
    "memory-always": Fault(
        "a task that exceeds every worker's memory limit",
        "each run of one task takes 1.5 times the limit; nannies kill two workers, where `allowed-failures` is 1",
        2 * KNOWN,  # the memory is filled first
        ("KilledWorker",),
    ),
    "memory-paused": Fault(
        "a task leaves memory behind, and its worker pauses",
        "the only worker holds 87 % of its memory limit; `wait_for_workers_timeout` is 5 s",
        5 + 5 + 2 * KNOWN,  # the first five until workers are asked, the others until they are given up
        ("NoWorkersError",),
    ),
    "disk-full": Fault(
        "the disk is full to which workers spill",
        "two values of 40 MB, each beyond the threshold, and 1 MB of disk; old workers refuse what they cannot spill",
        WORK,
        (COMPLETES, "OSError", "Exception"),  # the last is what distributed 2021.6 makes of the second
    ),
    "task-raises": Fault("a task raises", "`LookupError`", KNOWN, ("LookupError",)),
    "task-exits": Fault("a task exits", "`sys.exit(3)`", KNOWN, ("SystemExit",)),
    "task-interrupts_itself": Fault("a task interrupts itself", "`KeyboardInterrupt`", KNOWN, ("KeyboardInterrupt",)),
    "task-recurses_to_the_limit": Fault("a task recurses to the limit", "`RecursionError`", KNOWN, ("RecursionError",)),
    "task-returns_a_lock": Fault("a result cannot be pickled", "`threading.Lock()`", KNOWN, ("TypeError",)),
    "task-returns_what_is_too_deep_to_pickle": Fault(
        "a result is too deep to pickle", "100,000 lists in one another", KNOWN, ("RecursionError", "PicklingError")
    ),
    "task-prints_megabytes": Fault("a task prints megabytes", "5 MB on each of stdout and stderr", KNOWN),
    "task-forks": Fault("a task forks", "`os.fork()`, and waits for its child", KNOWN),
    "task-starts_a_process": Fault("a task starts a process", "`subprocess.call`", KNOWN),
    "client-SIGINT": Fault("`SIGINT` to the client", _CALL.format("to it alone", _IDLE), KNOWN, (RESTS,)),
    "client-SIGTERM": Fault("`SIGTERM` to the client", _CALL.format("to it alone", _IDLE), KNOWN, (RESTS,)),
    "client-Ctrl-C": Fault("Ctrl-C in the client's terminal", _CALL.format(_TERMINAL, _IDLE), KNOWN, (RESTS,)),
    "client-Ctrl-C-twice": Fault("Ctrl-C twice in the client's terminal", _CALL.format(_TWICE, _IDLE), KNOWN, (RESTS,)),
    "own-cluster-SIGINT": Fault(
        "`SIGINT` to a client with a cluster of its own", _CALL.format("to it alone", _GONE), KNOWN, (RESTS,)
    ),
    "own-cluster-SIGTERM": Fault(
        "`SIGTERM` to a client with a cluster of its own", _CALL.format("to it alone", _GONE), KNOWN, (RESTS,)
    ),
    "own-cluster-Ctrl-C": Fault(
        "Ctrl-C in the terminal of a client with a cluster of its own", _CALL.format(_TERMINAL, _GONE), KNOWN, (RESTS,)
    ),
    "own-cluster-Ctrl-C-twice": Fault(
        "Ctrl-C twice in the terminal of a client with a cluster of its own",
        _CALL.format(_TWICE, _GONE),
        INTERRUPTED + KNOWN,
        (RESTS,),
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
    Loss(
        "a worker is stopped for good, where `worker-ttl` is null, as it was by default before distributed 2022.4.2",
        f"its tasks: the scheduler [waits for ever]({_ISSUES}/6148)",
        "`WorkerSilentWarning` after a minute; `SilentWorkerError` after eleven",
    ),
    Loss(
        "a worker is stopped that is to take a large value, whatever `worker-ttl` is",
        f"the call: `Client.scatter` [waits for ever]({_ISSUES}/6148), and a scheduler that passes it on does, too",
        "after ten seconds it is asked who answers, and those get the value; `SilentWorkerError` where nobody has for "
        "eleven minutes",
    ),
    Loss(
        "the scheduler is stopped",
        "the call: connections stand for as long as its host does, and a request waits for its answer for ever",
        "`SchedulerLostError` after eleven minutes without any answer",
    ),
]
