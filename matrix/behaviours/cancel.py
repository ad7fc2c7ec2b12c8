"""After an exception, or Ctrl-C, no more than the running tasks end; the next call works."""

import os
import signal
import tempfile
import threading
import time

CORE = True
ISOLATED = True  # upstream's tasks run on
LAST = True
LIMIT = 45

TASKS, THREADS = 40, 2


class StopError(Exception):
    pass


def task(number, folder, bad):
    """Leave a file when started and another when ended."""
    open(os.path.join(folder, f"started-{number}"), "w").close()
    time.sleep(0.2)
    open(os.path.join(folder, f"ended-{number}"), "w").close()
    if number == bad:
        raise StopError(number)
    return number


def files(folder, beginning):
    return sum(name.startswith(beginning) for name in os.listdir(folder))


def check(stage):
    with stage.block():
        stops(stage, tempfile.mkdtemp(), StopError, bad=1)

        folder = tempfile.mkdtemp()
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        typist = threading.Thread(target=press_ctrl_c, args=(stage, folder))
        typist.start()
        try:
            stops(stage, folder, KeyboardInterrupt, bad=None)
        finally:
            typist.join()
            signal.signal(signal.SIGINT, before)


def press_ctrl_c(stage, folder):
    stage.until(lambda: files(folder, "ended"), 20, "no task ended")
    os.kill(os.getpid(), signal.SIGINT)


def stops(stage, folder, expected, bad):
    """Run the tasks, all of them sent to the cluster at once; assert that the call raises and the tasks stop."""
    try:
        stage.Parallel(pre_dispatch="all")(stage.delayed(task)(number, folder, bad) for number in range(TASKS))
    except expected:
        started = files(folder, "started")
    else:
        raise AssertionError("the call returned")

    def idle():
        running = files(folder, "started") - files(folder, "ended")
        return not running and not any(stage.client.processing().values())

    stage.until(idle, 20, "the cluster did not come to rest")
    # these queue up behind whatever is left
    assert stage.Parallel()(stage.delayed(abs)(-number) for number in range(8)) == list(range(8))
    after = files(folder, "started") - started
    assert after <= THREADS, f"{after} tasks were started after the call had ended"
