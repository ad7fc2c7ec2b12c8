"""Where the time of a call goes: python benchmarks/where_time_goes.py [--rounds N] [--tasks N]

Sleeping tasks of 5 ms on single-thread workers, looked at from three sides: which part of a call its own thread in the
client is in, as the interpreter tells when some functions begin and end (sys.monitoring, Python 3.12); what a worker's
thread does; and how long a batch is on its way, as a plugin of the scheduler is told. The clocks are one machine's.
"""

import queue
import statistics
import sys
import threading
import time
from collections import Counter

import environment
from contenders import OURS, block, parallel
from distributed.diagnostics.plugin import SchedulerPlugin

from joblib_dask_compat import local_cluster, serialize
from joblib_dask_compat.call import Call
from joblib_dask_compat.connection import Connection

LENGTH = 0.005
THREAD = "joblib-dask-call"

#: What a function means for the thread that is in it; what it calls is taken off where that is here too.
PARTS = {
    Call._callback: "dispatch",
    serialize.dumps: "serialise",
    Connection.submit: "submit",
    Connection.gather: "fetch",
    Call._collect: "collect",
    Call._take_in: "collect",
    queue.Queue.get: "idle",
    Call._live: "other",
}


class Moments(SchedulerPlugin):
    """When a task changed its state, and when it ran."""

    name = "moments"

    def __init__(self):
        self.seen = {}

    def transition(self, key, start, finish, *_, startstops=None, **__):
        moments = self.seen.setdefault(key, {"arrived": time.time()})
        if (start, finish) == ("processing", "memory"):
            (ran,) = (each for each in startstops if each["action"] == "compute")
            moments.update(began=ran["start"], ended=ran["stop"])
        elif start == "memory":
            moments.setdefault("dropped", time.time())


class Clock:
    """The seconds that the thread of a call spends in each part."""

    def __enter__(self):
        self.seconds = Counter()
        self._parts = {function.__code__: part for function, part in PARTS.items()}
        self._stack = []
        self._since = 0.0
        events = sys.monitoring.events
        sys.monitoring.use_tool_id(sys.monitoring.PROFILER_ID, __name__)
        for event, told in (
            (events.PY_START, self._begin),
            (events.PY_RETURN, self._end),
            (events.PY_UNWIND, self._end),  # left by an exception, as an empty queue is
        ):
            sys.monitoring.register_callback(sys.monitoring.PROFILER_ID, event, told)
        for code in self._parts:
            sys.monitoring.set_local_events(sys.monitoring.PROFILER_ID, code, events.PY_START | events.PY_RETURN)
        sys.monitoring.set_events(sys.monitoring.PROFILER_ID, events.PY_UNWIND)
        return self

    def __exit__(self, *_):
        for code in self._parts:
            sys.monitoring.set_local_events(sys.monitoring.PROFILER_ID, code, 0)
        sys.monitoring.set_events(sys.monitoring.PROFILER_ID, 0)
        sys.monitoring.free_tool_id(sys.monitoring.PROFILER_ID)

    def _begin(self, code, *_):
        if threading.current_thread().name == THREAD:
            self._charge()
            self._stack.append(self._parts[code])

    def _end(self, code, *_):
        if code in self._parts and threading.current_thread().name == THREAD:
            self._charge()
            self._stack.pop()

    def _charge(self):
        now = time.perf_counter()
        if self._stack:
            self.seconds[self._stack[-1]] += now - self._since
        self._since = now


def measure(client, workers, tasks):
    """Return the seconds of the client's thread and of the workers' threads, and the moments of the batches."""
    began = time.time()
    with Clock() as clock, block(OURS, client, workers):
        parallel(time.sleep, [LENGTH] * tasks)
        took = time.time() - began
        wait_for_the_end()
    moments = client.run_on_scheduler(taken)
    batches = {key: each for key, each in moments.items() if key.startswith("batch_of_sleep") and "ended" in each}
    run = sum(each["ended"] - each["began"] for each in batches.values())
    first = min(each["began"] for each in batches.values())
    last = max(each["ended"] for each in batches.values())
    asleep = tasks * LENGTH
    threads = {
        "in tasks": asleep,
        "rest of a batch": run - asleep,
        "between batches": workers * (last - first) - run,
        "before and after": workers * (took - (last - first)),
    }
    return clock.seconds, threads, batches


def wait_for_the_end():
    """Wait for the thread of the call."""
    for thread in threading.enumerate():
        if thread.name == THREAD:
            thread.join()


def taken(dask_scheduler):
    """Return what the plugin saw so far, on the scheduler."""
    plugin = dask_scheduler.plugins["moments"]
    seen, plugin.seen = plugin.seen, {}
    return seen


def shares(parts):
    """Return each part as a share of all."""
    return {name: round(part / sum(parts.values()), 4) for name, part in parts.items()}


def main():
    parser = environment.parser(__doc__, rounds=5)
    parser.add_argument("--workers", type=int, default=8, metavar="N")
    parser.add_argument("--tasks", type=int, default=3200, metavar="N")
    arguments = parser.parse_args()
    spent, threads, batches = Counter(), Counter(), {}
    with local_cluster(n_workers=arguments.workers) as client:
        client.register_plugin(Moments())
        measure(client, arguments.workers, arguments.tasks)  # does not count
        for _ in range(arguments.rounds):
            for total, part in zip(
                (spent, threads, batches), measure(client, arguments.workers, arguments.tasks), strict=True
            ):
                total.update(part)
    stages = {"schedule": ("arrived", "began"), "run": ("began", "ended"), "collect": ("ended", "dropped")}
    collected = [each for each in batches.values() if "dropped" in each]
    figures = {
        "rounds": arguments.rounds,
        "workers": arguments.workers,
        "tasks": arguments.tasks,
        "task_ms": 1000 * LENGTH,
        "tasks_a_batch": round(arguments.rounds * arguments.tasks / len(batches), 1),
        "client_thread": shares({part: spent[part] for part in PARTS.values()}),
        "worker_thread": shares(threads),
        "batch_ms": {
            stage: round(1000 * statistics.median(each[end] - each[start] for each in collected), 2)
            for stage, (start, end) in stages.items()
        },
    }
    for name in ("client_thread", "worker_thread"):
        print(f"{name}: {', '.join(f'{part} {share:.1%}' for part, share in figures[name].items())}")
    print(f"a batch, of {figures['tasks_a_batch']:g} tasks on average: {figures['batch_ms']} ms")
    return environment.record("where_time_goes", figures, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
