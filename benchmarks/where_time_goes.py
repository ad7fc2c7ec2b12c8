"""Where the time of a call goes: python benchmarks/where_time_goes.py [--rounds N] [--tasks N]

Sleeping tasks of 5 ms on single-thread workers, looked at from three sides: what the call's own thread in the client
does, seen 500 times a second; what a worker's thread does; and how long a batch is on its way, as a plugin of the
scheduler is told. The clocks are one machine's.
"""

import statistics
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import environment
from contenders import OURS, block, parallel
from distributed.diagnostics.plugin import SchedulerPlugin

import joblib_dask_compat
from joblib_dask_compat import local_cluster

LENGTH = 0.005
INTERVAL = 0.002  # seconds between two looks
PACKAGE = str(Path(joblib_dask_compat.__file__).parent)

#: What a function of the package means for the thread that is in it; the innermost counts.
ACTIVITIES = {
    ("call", "_callback"): "dispatch",
    ("serialize", "dumps"): "serialise",
    ("connection", "submit"): "submit",
    ("call", "_collect"): "collect",
    ("call", "_receive"): "idle",
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


class Looks:
    """Looks at the thread of a call as long as the block runs."""

    def __enter__(self):
        self.seen = Counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def _look(self):
        while not self._over.wait(INTERVAL):
            frames = sys._current_frames()
            for thread in threading.enumerate():
                if thread.name == "joblib-dask-call" and thread.ident in frames:
                    self.seen[activity(frames[thread.ident])] += 1

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


def activity(frame):
    """Return what a thread does."""
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if str(file.parent) == PACKAGE and (file.stem, frame.f_code.co_name) in ACTIVITIES:
            return ACTIVITIES[file.stem, frame.f_code.co_name]
        frame = frame.f_back
    return "other"


def tasks_of(key):
    """Return how many tasks a batch has, which its name tells: batch_of_sleep_20_calls-..."""
    return int(key.partition("_calls")[0].rpartition("_")[2])


def measure(client, workers, tasks):
    """Return the looks at the client's thread, seconds of the workers' threads, and moments of the batches."""
    began = time.time()
    with block(OURS, client, workers), Looks() as looks:
        parallel(time.sleep, [LENGTH] * tasks)
        took = time.time() - began
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
    return looks.seen, threads, batches


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
    looks, threads, batches = Counter(), Counter(), {}
    with local_cluster(n_workers=arguments.workers) as client:
        client.register_plugin(Moments())
        measure(client, arguments.workers, arguments.tasks)  # does not count
        for _ in range(arguments.rounds):
            seen, spent, sent = measure(client, arguments.workers, arguments.tasks)
            looks.update(seen)
            threads.update(spent)
            batches.update(sent)
    stages = {"schedule": ("arrived", "began"), "run": ("began", "ended"), "collect": ("ended", "dropped")}
    collected = [each for each in batches.values() if "dropped" in each]
    figures = {
        "rounds": arguments.rounds,
        "workers": arguments.workers,
        "tasks": arguments.tasks,
        "task_ms": 1000 * LENGTH,
        "tasks_a_batch": statistics.median(map(tasks_of, batches)),
        "client_thread": shares({name: looks[name] for name in [*dict.fromkeys(ACTIVITIES.values()), "other"]}),
        "worker_thread": shares(threads),
        "batch_ms": {
            stage: round(1000 * statistics.median(each[end] - each[start] for each in collected), 2)
            for stage, (start, end) in stages.items()
        },
    }
    for name in ("client_thread", "worker_thread"):
        print(f"{name}: {', '.join(f'{part} {share:.1%}' for part, share in figures[name].items())}")
    print(f"a batch of {figures['tasks_a_batch']:g} tasks: {figures['batch_ms']} ms")
    return environment.record("where_time_goes", figures, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
