"""A cluster that has no worker within ``wait_for_workers_timeout``, or loses all in mid-call, raises TimeoutError."""

import os
import tempfile
import threading
import time

ISOLATED = True
LIMIT = 45


def wait_after(flag):
    open(flag, "w").close()
    time.sleep(2)


def check(stage):
    with stage.cluster(n_workers=0) as client:
        began = time.time()
        try:
            with stage.block(client=client, wait_for_workers_timeout=1):
                stage.Parallel()(stage.delayed(abs)(number) for number in range(4))
        except TimeoutError:
            took = time.time() - began
            assert took < 1 + 5, f"it took {took:.1f} s to raise"
        else:
            raise AssertionError("a call on a cluster without workers returned")

    gone = []
    flag = os.path.join(tempfile.mkdtemp(), "started")
    with stage.processes() as started:

        def leave():
            stage.until(lambda: os.path.exists(flag), 20, "no task started")
            for worker in started.workers:
                worker.kill()
            stage.until(lambda: not started.client.ncores(), 20, "the scheduler did not miss the workers")
            gone.append(time.time())

        leaving = threading.Thread(target=leave)
        leaving.start()
        try:
            with stage.block(client=started.client, wait_for_workers_timeout=2):
                stage.Parallel()(stage.delayed(wait_after)(flag) for _ in range(8))
        except TimeoutError:
            leaving.join()
            took = time.time() - gone[0]
            assert took < 2 + 5, f"it took {took:.1f} s to raise"
        else:
            raise AssertionError("a call whose workers all left returned")
