"""Runs scripts inside a cell, each in a fork of a process that has imported what they need.

Importing distributed and scikit-learn takes a processor longer than most behaviours do. Here that is done once a cell.

``python matrix/nursery.py`` reads requests from stdin, a line of JSON each: ``argv``, the script and its arguments;
``folder``, where it runs; ``log``, a file for what it prints; ``told``, a file to which a line of JSON is written with
its ``pid``, and one with its ``exit_code`` once it has ended (negative, the signal that ended it). Requests are served
one after the other.

Python 3.6; the standard library and what the cell installed.
"""

import gc
import importlib
import json
import os
import runpy
import sys
import tempfile

IMPORTED = (
    *("distributed", "distributed.cli.dask_worker", "joblib", "numpy", "pandas"),
    *("sklearn.datasets", "sklearn.ensemble", "sklearn.model_selection", "sklearn.svm"),
)


def serve(requests):
    for line in requests:
        request = json.loads(line)
        pid = os.fork()
        if not pid:
            become(**request)
        tell(request, pid=pid)
        _, status = os.waitpid(pid, 0)
        tell(request, exit_code=-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))


def tell(request, **fields):
    with open(request["told"], "a") as stream:
        stream.write(json.dumps(fields) + "\n")


def become(argv, folder, log, told):
    """Turn this process into one that runs a script, as nearly as a fork can; does not return."""
    code = 1
    try:
        os.setsid()
        forget_tracker()
        os.chdir(folder)
        os.environ["TMPDIR"], tempfile.tempdir = folder, None
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        for stream, target in ((os.open(os.devnull, os.O_RDONLY), 0), (output, 1), (output, 2)):
            os.dup2(stream, target)
        sys.argv, sys.path[0] = argv, os.path.dirname(argv[0])
        runpy.run_path(argv[0], run_name="__main__")
        code = 0
    except SystemExit as exc:
        code = exc.code if isinstance(exc.code, int) else int(exc.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def forget_tracker():
    """Have multiprocessing start a tracker of semaphores when it needs one; before Python 3.8 it must be a child."""
    tracker = getattr(sys.modules.get("multiprocessing.semaphore_tracker"), "_semaphore_tracker", None)
    if tracker is not None:  # some distributeds make a semaphore when they are imported
        tracker._pid = tracker._fd = None


if __name__ == "__main__":
    # workers, too; distributed before 2022.10 looks at it when it is imported, and before 1.22 forks anyway
    os.environ["DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD"] = "forkserver"
    for name in IMPORTED:
        try:
            importlib.import_module(name)
        except Exception:
            pass  # the behaviours say so better
    gc.collect()
    if hasattr(gc, "freeze"):  # Python 3.7; forks share what no collection touches
        gc.freeze()
    serve(sys.stdin)
