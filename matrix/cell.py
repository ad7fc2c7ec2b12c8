"""Runs behaviours inside a cell: ``python matrix/cell.py [--fork] COLUMN RESULTS BEHAVIOUR [BEHAVIOUR ...]``.

Started by sweep.py in a process group of its own, in the cell's environment. Writes one JSON line to the file RESULTS
as each behaviour begins and one as it ends, so that the outside knows which one hangs. They share a cluster until one
leaves it other than it was: that must not spoil the next, so sweep.py runs the rest in a process of its own.

With --fork, workers are forked off a process that has imported what tasks need, instead of starting and importing anew.
nursery.py starts it in the same way.

Python 3.6; the standard library and what the cell installed.
"""

import faulthandler
import importlib
import json
import os
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))


def main(column, results, names, fork=False):
    faulthandler.enable()  # who hangs is sent SIGABRT: the log then says where every thread was
    sys.path.insert(0, HERE)
    import stage

    if fork:
        stage.fork_workers()

    def tell(**fields):
        with open(results, "a") as stream:
            stream.write(json.dumps(fields, sort_keys=True) + "\n")

    tell(event="starting")
    with stage.cluster() as client:
        before = stage.state(client)
        for name in names:
            tell(event="began", behaviour=name)
            began = time.time()
            outcome = run(name, stage.Stage(column, client), stage.NotApplicable)
            tell(event="ended", behaviour=name, seconds=round(time.time() - began, 2), **outcome)
            if not stage.comes_back_to(before, client):
                break
    tell(event="done")


def run(name, given, not_applicable):
    """Return a behaviour's outcome: its status, and what it failed with."""
    try:
        importlib.import_module("behaviours." + name).check(given)
    except not_applicable as exc:
        return {"status": "n/a", "reason": str(exc)}
    except BaseException as exc:
        traceback.print_exc()
        line = (str(exc).strip().splitlines() or [""])[0]
        return {"status": "fail", "exception": type(exc).__name__, "reason": line[:300]}
    return {"status": "pass"}


if __name__ == "__main__":
    fork = sys.argv[1] == "--fork"
    column, results, *names = sys.argv[1 + fork :]
    main(column, results, names, fork)
    # A worker that a behaviour left in a bad state must not keep this process: everything was written
    sys.stdout.flush()
    sys.stderr.flush()  # holds tracebacks back before Python 3.9
    os._exit(0)
