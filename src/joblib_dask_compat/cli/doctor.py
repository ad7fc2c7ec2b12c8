"""Say what is installed, which route a block takes and why, and whether work reaches the workers.

With --scheduler it connects, compares the versions of client, scheduler and workers, and runs a task to see where it
runs. Exit code 1 where something was found, 3 where the scheduler did not answer.
"""

import argparse
import contextlib
import json
import os
import sys
from typing import Any, Dict, List

from .. import advisories
from ..cluster import connect
from ..errors import CompatError
from ..routes import PREFERENCES
from ..versions import DISTRIBUTIONS, versions
from . import FINDINGS, FINE, add_format, add_scheduler


def configure(command: argparse.ArgumentParser) -> None:
    add_scheduler(command)
    add_format(command)
    command.add_argument("--prefer", choices=PREFERENCES, default="auto")


def run(arguments: argparse.Namespace) -> int:
    report: Dict[str, Any] = {"schema_version": 1, "versions": dict(versions()._asdict()), "findings": []}
    report["copies"] = _copies(arguments.prefer, report["findings"])
    report["advisories"] = _advisories()
    report["findings"] += [
        _finding("security", each["id"] + ": " + each["summary"], _pins(each))
        for each in advisories.applying(versions())
        if each["severity"] == "security"
    ]
    if arguments.scheduler:
        report["cluster"] = _cluster(arguments.scheduler, report["findings"])
    else:
        report["skipped"] = ["cluster: no --scheduler was given, so nothing was run"]
    if arguments.format == "json":
        print(json.dumps(report, indent=2))
    else:
        _tell(report)
    return FINDINGS if report["findings"] else FINE


def _finding(severity: str, what: str, fix: str) -> Dict[str, str]:
    return {"severity": severity, "what": what, "fix": fix}


def _copies(prefer: str, findings: List[Dict[str, str]]) -> List[Dict[str, Any]]:
    from ..copies import all_copies
    from ..routes import choose

    told: List[Dict[str, Any]] = []
    try:
        copies = all_copies()
    except CompatError as exc:
        findings.append(_finding("blocks", exc.what + " " + exc.why, exc.fix))
        return told
    for place, copy in enumerate(copies):
        entry: Dict[str, Any] = {"name": copy.name, "used_by_sklearn": place == 0}
        try:
            choice = choose(copy, prefer)
        except CompatError as exc:
            findings.append(_finding("blocks", exc.what + " " + exc.why, exc.fix))
        else:
            entry.update(
                version=copy.version,
                route=choice.route.name,
                reason=choice.reason,
                rejected=[{"route": name, "reason": why} for name, why in choice.rejected],
            )
        told.append(entry)
    return told


def _advisories() -> List[Dict[str, str]]:
    return [
        {name: each[name] for name in ("id", "severity", "route", "summary", "mended_by")}
        for each in advisories.applying(versions())
    ]


def _pins(advisory: Dict[str, Any]) -> str:
    pins = " ".join("'{}{}'".format(*pair) for pair in sorted(advisory.get("remedy", {}).items()))
    return f"python -m pip install {pins}" if pins else "joblib-dask-compat explain {}".format(advisory["id"])


def _cluster(address: str, findings: List[Dict[str, str]]) -> Dict[str, Any]:
    from ..connection import Connection
    from ..context import parallel_backend
    from ..copies import used_by_sklearn
    from ..skew import check_cluster

    with contextlib.closing(connect(address)) as client:
        threads = Connection(client).threads()
        findings.extend(_finding(skew.severity, str(skew), skew.fix) for skew in check_cluster(client))
        told: Dict[str, Any] = {"address": address, "threads": threads}
        if not threads:
            findings.append(_finding("blocks", "the cluster has no worker", f"dask worker {address}"))
            return told
        parallel = used_by_sklearn().parallel
        with parallel_backend("dask", client=client, check_versions=False) as done:
            parallel.Parallel()(parallel.delayed(os.getpid)() for _ in range(2 * threads))
        told.update(tasks=done.tasks, workers=list(done.workers), route=done.route)
        return told


def _tell(report: Dict[str, Any]) -> None:
    for name, version in report["versions"].items():
        print(f"{DISTRIBUTIONS.get(name, name):20} {version or 'not installed'}")
    for copy in report["copies"]:
        print()
        print(
            "copy {} {}{}".format(
                copy["name"],
                copy.get("version", ""),
                " (used by scikit-learn)" if copy["used_by_sklearn"] else "",
            )
        )
        if "route" in copy:
            print("  route {!r}: {}".format(copy["route"], copy["reason"]))
        for each in copy.get("rejected", ()):
            print("  not {!r}: {}".format(each["route"], each["reason"]))
    if report["advisories"]:
        print("\nadvisories for these versions (joblib-dask-compat explain ID)")
        for each in report["advisories"]:
            mended = "mended by the own backend" if each["mended_by"] else "holds"
            print("  {:28} {:13} {}".format(each["id"], each["severity"], mended))
    cluster = report.get("cluster")
    if cluster:
        print("\ncluster {address}: {threads} threads".format(**cluster))
        if cluster.get("workers"):
            print("  {} probe tasks ran on: {}".format(cluster["tasks"], ", ".join(cluster["workers"])))
    for reason in report.get("skipped", ()):
        print(f"\nskipped {reason}", file=sys.stderr)
    for each in report["findings"]:
        print("\n{}: {}\n  fix: {}".format(each["severity"], each["what"], each["fix"]))
    if not report["findings"]:
        print("\nno findings")
