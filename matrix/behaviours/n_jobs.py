"""``n_jobs=k`` keeps at most k tasks running on the cluster; -1 uses all of it, and follows it as it grows."""

import itertools
import os
import time

ISOLATED = True  # has clusters of its own
LIMIT = 60

BEGUN = "N_JOBS_TASK_BEGUN"  # set on a worker by its first task


def span(_):
    """Return a task's process, beginning and end."""
    os.environ[BEGUN] = "yes"
    began = time.time()
    time.sleep(0.1)
    return os.getpid(), began, time.time()


def most_at_once(spans):
    """Return how many tasks ran at the same time, at most."""
    changes = [(began, 1) for _, began, _ in spans] + [(ended, -1) for _, _, ended in spans]
    most = running = 0
    for _, change in sorted(changes):
        running += change
        most = max(most, running)
    return most


def check(stage):
    with stage.cluster(n_workers=2, threads_per_worker=2) as client:
        for n_jobs in (1, 2, -1):
            with stage.block(client=client, n_jobs=n_jobs):
                spans = stage.Parallel()(stage.delayed(span)(number) for number in range(24))
            stage.ran_on_workers([pid for pid, _, _ in spans], client)
            most = most_at_once(spans)
            if n_jobs > 0:
                assert most <= n_jobs, f"n_jobs={n_jobs} had {most} tasks at once"
            else:
                assert most > 2, f"n_jobs=-1 had {most} tasks at once on 4 threads"

    with stage.processes(n_workers=1) as started:
        client = started.client
        with stage.block(client=client):
            spans = stage.Parallel()(stage.delayed(span)(number) for number in grows(stage, started))
        stage.ran_on_workers([pid for pid, _, _ in spans], client)
        used = len({pid for pid, _, _ in spans})
        assert used == 3, f"of 3 workers, 2 of them new, {used} had tasks"
        most = most_at_once(spans)
        assert most == 3, f"{most} tasks at once on 3 workers"


def grows(stage, started):
    """Give numbers; start two more workers on the way, and go on for 60 numbers after these have begun a task."""
    deadline = time.time() + 30
    for number in itertools.count():
        if number == 4:
            started.start_worker()
            started.start_worker()
        elif number > 4 and list(started.client.run(os.getenv, BEGUN).values()) == ["yes"] * 3:
            break
        assert time.time() < deadline, "the new workers did not come, or got no task"
        yield number
    for number in range(60):
        yield number
