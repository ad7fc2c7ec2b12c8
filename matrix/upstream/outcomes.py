"""A pytest plugin: writes each test's outcome as a JSON line to the file that UPSTREAM_OUTCOMES names.

Runs inside a cell; Python 3.6. The runner judges by what was written, so a test that brought the process down is
seen as one that never ended.
"""

import json
import os


def _tell(**fields):
    with open(os.environ["UPSTREAM_OUTCOMES"], "a") as stream:
        stream.write(json.dumps(fields, sort_keys=True) + "\n")


def _name(test):
    path, _, name = test.location
    return f"{os.path.basename(path)}::{name}"


def pytest_collection_finish(session):
    for item in session.items:
        _tell(test=_name(item), outcome="not run", line="")


def pytest_runtest_logreport(report):
    # a test passes when its call does, but a failing setup or teardown fails it whatever the call did
    if report.when != "call" and report.outcome == "passed":
        return
    outcome = "xfailed" if report.outcome == "skipped" and hasattr(report, "wasxfail") else report.outcome
    crash = getattr(report.longrepr, "reprcrash", None)
    line = (getattr(crash, "message", "") or str(report.longrepr or "")).strip()
    _tell(test=_name(report), outcome=outcome, line=line[:600])
