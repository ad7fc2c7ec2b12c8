"""What 200 blocks in a row leave behind on one client: python benchmarks/many_blocks.py [--blocks N]

Blocks of mixed sizes, with and without `scatter`, every fifth of which raises. Scheduler and workers are processes of
their own, so that this one's memory, threads and file descriptors are the client's. Fails if the scheduler keeps a
task, or if from block 50 on the client's memory grows by 5 % or its threads or descriptors by any.
"""

import contextlib
import gc
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import environment
import numpy as np
import psutil
from distributed import Client
from joblib import Parallel, delayed

from joblib_dask_compat import parallel_backend

WARM = 50  # blocks after which what is kept for the process's life is there
GROWTH = 0.05
DASK = [sys.executable, "-W", "ignore", "-m"]


def work(number, X, fails=False):
    """Return a little more than came in."""
    if fails:
        raise ArithmeticError(number)
    return X[: number + 1] * 2


@contextlib.contextmanager
def processes(workers):
    """Give the address of a scheduler process with some worker processes."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ending:
        told = Path(folder, "scheduler.json")

        def start(module, *options):
            command = [*DASK, module, "--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", *options]
            process = subprocess.Popen([*command, "--scheduler-file", str(told)], cwd=folder, stderr=subprocess.DEVNULL)
            ending.callback(process.wait)
            ending.callback(process.terminate)

        start("distributed.cli.dask_scheduler", "--port", "0")
        until(lambda: told.exists() and told.read_text(encoding="utf-8").rstrip().endswith("}"))
        for _ in range(workers):
            start("distributed.cli.dask_worker", "--no-nanny", "--nthreads", "1", "--local-directory", folder)
        yield json.loads(told.read_text(encoding="utf-8"))["address"]


def until(condition, seconds=60):
    """Wait for a condition to come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the condition did not come true")
        time.sleep(0.05)


def tasks_on_scheduler(client):
    """Return how many tasks the scheduler holds."""
    return client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))


def run_block(client, number):
    """Run one block: 1 to 200 tasks, over arrays of 8 kB to 4 MB; every fifth raises."""
    X = np.full(1000 * (1 + number % 10) ** 2 * (1 + 4 * (number % 2)), float(number))
    tasks, fails = 1 + 37 * number % 200, number % 5 == 4
    scatter = [X] if number % 3 == 0 else None
    try:
        with parallel_backend("dask", client=client, scatter=scatter):
            Parallel()(delayed(work)(each, X, fails and each == tasks // 2) for each in range(tasks))
    except ArithmeticError:
        return fails
    return not fails


def measure(client):
    """Return what the client holds now."""
    with contextlib.suppress(TimeoutError):
        until(lambda: not tasks_on_scheduler(client), 10)
    gc.collect()
    this = psutil.Process()
    return {
        "scheduler_tasks": tasks_on_scheduler(client),
        "client_rss_mb": round(this.memory_info().rss / 1e6, 2),
        "threads": this.num_threads(),
        "file_descriptors": this.num_fds(),
    }


def main():
    parser = environment.parser(__doc__)
    parser.add_argument("--blocks", type=int, default=200)
    arguments = parser.parse_args()
    blocks, points = arguments.blocks, {}
    with processes(workers=2) as address, Client(address, set_as_default=False) as client:
        client.wait_for_workers(2)
        started = time.perf_counter()
        for number in range(1, blocks + 1):
            if not run_block(client, number):
                raise AssertionError(f"block {number} did not do what it should")
            if number in (WARM, blocks):
                points[number] = measure(client)
                print(f"after block {number:3}: {points[number]}")
        took = time.perf_counter() - started
    before, after = points[WARM], points[blocks]
    growth = after["client_rss_mb"] / before["client_rss_mb"] - 1
    print(f"{blocks} blocks in {took:.1f} s; the client's memory grew by {growth:.1%} (limit {GROWTH:.0%})")
    figures = {"blocks": blocks, "seconds": round(took, 1), "memory_growth": round(growth, 4), "after_block": points}
    environment.record("many_blocks", figures, arguments.json)
    flat = all(after[name] <= before[name] for name in ("threads", "file_descriptors"))
    return 0 if after["scheduler_tasks"] == 0 and growth < GROWTH and flat else 1


if __name__ == "__main__":
    sys.exit(main())
