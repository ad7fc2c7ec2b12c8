"""Four threads each hold a block on one client, and all of their calls are right."""

import os
import threading

ISOLATED = True
LIMIT = 45

CALLS = 15


def times(factor, number):
    return os.getpid(), factor * number


def check(stage):
    outcomes = {}
    all_in = threading.Barrier(4, timeout=20)

    def work(factor):
        try:
            with stage.block():
                all_in.wait()
                for _ in range(CALLS):
                    results = stage.Parallel()(stage.delayed(times)(factor, n) for n in range(20))
                    pids, products = zip(*results)
                    stage.ran_on_workers(pids)
                    assert products == tuple(factor * n for n in range(20)), products
            outcomes[factor] = None
        except BaseException as exc:
            outcomes[factor] = exc

    workers = [threading.Thread(target=work, args=(factor,), daemon=True) for factor in range(1, 5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    failures = [exc for exc in outcomes.values() if exc is not None]
    if failures:
        raise failures[0]
    assert len(outcomes) == 4
