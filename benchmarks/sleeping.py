"""Tasks that tell where and when they ran; a module of its own, for workers to import."""

import os
import time


def asleep(seconds):
    """Sleep, and return the process with the moments between which it did."""
    began = time.time()
    time.sleep(seconds)
    return os.getpid(), began, time.time()


def all_asleep(lengths):
    """Sleep again and again, as a batch does."""
    return [asleep(seconds) for seconds in lengths]
