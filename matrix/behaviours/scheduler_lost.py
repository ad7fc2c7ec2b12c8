"""The scheduler's death in mid-call raises within 10 s."""

import asyncio
import os
import tempfile
import threading
import time

ISOLATED = True
LIMIT = 30


def wait_after(flag):
    open(flag, "w").close()
    time.sleep(1)


def check(stage):
    died = []
    flag = os.path.join(tempfile.mkdtemp(), "started")
    with stage.processes() as started:

        def kill():
            stage.until(lambda: os.path.exists(flag), 20, "no task started")
            died.append(time.time())
            started.scheduler.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            with stage.block(client=started.client):
                stage.Parallel()(stage.delayed(wait_after)(flag) for _ in range(40))
        except (Exception, asyncio.CancelledError):
            took = time.time() - died[0]
            assert took < 10, f"it took {took:.1f} s to raise"
        else:
            raise AssertionError("a call whose scheduler died returned")
        killer.join()
