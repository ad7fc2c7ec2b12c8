"""What `doctor` finds out: about this environment, and about a cluster.

Everything is plain data, as ``--format json`` prints it. What is to be mended is a finding, with the one line that
mends it; what could not be looked at is skipped, with the reason.
"""

import multiprocessing
import os
import shlex
import socket
import statistics
import sys
import time
from collections import Counter
from typing import Any, Dict, List, Optional, Sequence

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from . import advisories, skew
from .connection import Connection
from .context import parallel_backend
from .copies import PACKAGES, Copy, all_copies, hidden_by, unhide, used_by_sklearn
from .errors import CompatError
from .routes import OWN, choose
from .support import pins, records, untested
from .support.verdicts import Judge
from .versions import versions

#: Severities of findings: those of advisories, and that of what matters little.
NOTE = "note"
SEVERITIES = (*advisories.SEVERITIES, NOTE)
#: Those of advisories that are findings where they hold; the others are only told.
_FOUND = advisories.SEVERITIES[: advisories.SEVERITIES.index("blocks") + 1]
_SKEW = {"error": "blocks", "warning": "degraded", "note": NOTE}

#: The line that installs what was measured together and is nearest to what is installed.
_PINS = "joblib-dask-compat pins --prefer nearest{} > pins.txt && python -m pip install -r pins.txt"

_ROUND_TRIPS = 7
_MOST_TASKS = 100
_PROBE = "(__import__('socket').gethostname(), __import__('os').getpid())"


class Diagnosis:
    """A report that grows.

    Parameters
    ----------
    prefer : {"auto", "upstream", "own"}
        See `joblib_dask_compat.routes.choose`.
    """

    def __init__(self, prefer: str = "auto") -> None:
        self._prefer = prefer
        self.findings: List[Dict[str, str]] = []
        self.skipped: List[Dict[str, str]] = []
        self.report: Dict[str, Any] = {"versions": dict(versions()._asdict())}
        self.hidden = [package for package in PACKAGES if hidden_by(package)]

    def environment(self) -> None:
        """Look at what is installed here; imports joblib and distributed, and asks no network."""
        for package in self.hidden:
            hiding = str(hidden_by(package))
            self._find("blocks", f"{hiding} hides the package {package!r}, as it comes before it", unhide(hiding))
        copies = self._copies()
        self.report["copies"] = [self._copy(copy, place == 0) for place, copy in enumerate(copies)]
        self.report["records"] = self._records()
        self.report["advisories"] = self._advisories(copies)

    def cluster(self, client: Any, timeout: float) -> None:
        """Look at a cluster: how far it is, what is installed there, and whether work reaches it."""
        connection = Connection(client)
        places = skew.everywhere(client)
        self.report["cluster"] = {
            "address": str(client.scheduler.address),
            "workers": len(places) - ("scheduler" in places),
            "threads": sum(connection.workers().values()),
            "round_trip_ms": round_trip(connection),
            "versions": places,
        }
        skews = list(skew.compare(versions(), places, str(client.scheduler.address), self._upstream))
        for each in skews:
            self._find(_SKEW[each.severity], each.what, each.fix)
        errors = [each.package for each in skews if each.severity == "error"]
        if not self.report["cluster"]["threads"]:
            self._find("blocks", "the cluster has no worker", f"dask worker {client.scheduler.address}")
            self.skip("probe", "there is no worker that could run it")
        elif errors:
            self.skip("probe", "tasks cannot work: the versions of {} differ".format(", ".join(errors)))
        else:
            self._probe(client, timeout)

    def skip(self, what: str, why: str) -> None:
        """Note that something was not looked at."""
        self.skipped.append({"what": what, "why": why})

    def told(self) -> Dict[str, Any]:
        """Return the report with all that was found, the worst first."""
        findings = sorted(self.findings, key=lambda each: SEVERITIES.index(each["severity"]))
        return {"cluster": None, **self.report, "findings": findings, "skipped": self.skipped}

    @property
    def _upstream(self) -> bool:
        """Whether some copy's tasks go through upstream's backend."""
        return any(copy["route"] not in (None, OWN.name) for copy in self.report["copies"])

    def _find(self, severity: str, what: str, fix: str) -> None:
        self.findings.append({"severity": severity, "what": what, "fix": fix})

    def _fail(self, exc: CompatError) -> None:
        self._find("blocks", f"{exc.what} {exc.why}", exc.fix)

    def _copies(self) -> List[Copy]:
        if self.hidden:
            self.skip("copies", "packages cannot be imported: {}".format(", ".join(self.hidden)))
            return []
        try:
            return all_copies()
        except CompatError as exc:
            self._fail(exc)
            self.skip("copies", "there is no joblib")
            return []

    def _copy(self, copy: Copy, used: bool) -> Dict[str, Any]:
        told: Dict[str, Any] = {"name": copy.name, "used_by_sklearn": used}
        try:
            choice = choose(copy, self._prefer)
        except CompatError as exc:
            self._fail(exc)
            return {**told, "version": None, "route": None, "reason": exc.what, "rejected": []}
        rejected = [{"route": name, "reason": why} for name, why in choice.rejected]
        return {
            **told,
            "version": copy.version,
            "route": choice.route.name,
            "reason": choice.reason,
            "rejected": rejected,
        }

    def _records(self) -> Optional[Dict[str, Any]]:
        support, here = records.load(), versions()
        missing = [records.title(axis) for axis in records.AXES if getattr(here, axis) is None]
        if missing:
            self.skip("records", "there is no {}".format(", ".join(missing)))
            return None
        python = ".".join(here.python.split(".")[:2])
        asked = {axis: SpecifierSet(f"=={getattr(here._replace(python=python), axis)}") for axis in records.AXES}
        companions = {
            name: None if found is None else SpecifierSet(f"=={found}")
            for name, found in here._asdict().items()
            if name in records.COMPANIONS
        }
        answer = Judge(support).verdict(asked, companions)
        if answer.works is False:
            what = "this combination does not work: {}".format("; ".join(answer.reasons))
            self._find("blocks", what, _PINS.format(""))
        return {
            "verdict": answer.verdict,
            "works": answer.works,
            "date": answer.record.date if answer.record else None,
            "newer": list(untested.beyond(here, support)),
        }

    def _advisories(self, copies: List[Copy]) -> List[Dict[str, Any]]:
        found: Dict[str, Dict[str, Any]] = {}
        here = versions()
        for version in [here.joblib, *(copy["version"] for copy in self.report["copies"])]:
            for each in advisories.applying(here._replace(joblib=version)):
                found.setdefault(each["id"], each)
        ordered = sorted(found.values(), key=lambda each: advisories.SEVERITIES.index(each["severity"]))
        holding = [each for each in ordered if self._holds(each)]
        findings = [each for each in holding if each["severity"] in _FOUND]
        for each in findings:
            self._find(each["severity"], "{id}: {summary}".format(**each), _way_out(each, findings))
        return [
            {**{name: each[name] for name in ("id", "severity", "route", "summary")}, "holds": each in holding}
            for each in ordered
        ]

    def _holds(self, advisory: Dict[str, Any]) -> bool:
        return advisories.remains(advisory) or (self._upstream and advisory["route"] == "upstream")

    def _probe(self, client: Any, timeout: float) -> None:
        """Run a few tasks, and tell by the processes that they name where they ran."""
        parallel = used_by_sklearn().parallel
        tasks = min(2 * self.report["cluster"]["threads"], _MOST_TASKS)
        here = (socket.gethostname(), os.getpid())
        try:
            with parallel_backend("dask", client=client, check_versions=False, prefer=self._prefer) as run:
                ran = parallel.Parallel(timeout=timeout)(parallel.delayed(eval)(_PROBE) for _ in range(tasks))
        except multiprocessing.TimeoutError:
            what = f"{tasks} tasks that do nothing did not end within {timeout:g} s: the cluster is busy, or stuck"
            again = "joblib-dask-compat doctor --scheduler {} --timeout {:g}"
            self._find("blocks", what, again.format(client.scheduler.address, 4 * timeout))
            return
        places = Counter(map(tuple, ran))
        self.report["cluster"]["probe"] = {
            "route": run.route,
            "tasks": run.tasks,
            "workers": sorted(run.workers),
            "processes": [{"host": host, "pid": pid, "tasks": count} for (host, pid), count in sorted(places.items())],
            "client": {"host": here[0], "pid": here[1]},
        }
        if here in places:
            self._find(
                "silent-local",
                f"{places[here]} of {tasks} tasks ran in this process, not on the cluster",
                "from joblib_dask_compat import parallel_backend  # and prefer='own'",
            )


def _way_out(advisory: Dict[str, Any], others: Sequence[Dict[str, Any]] = ()) -> str:
    """Return the line that leads out of an advisory, and of others with it where one can; or to another Python."""
    if not advisory["remedy"]:
        return advisories.remedy(advisory)
    alone = _remedies([advisory])
    for keep in (_remedies([advisory, *others]), alone):
        if _granted(keep):
            return _PINS.format(" --keep {}".format(" ".join(map(shlex.quote, keep))))
    if set(advisory["remedy"]) <= {records.title(axis) for axis in records.AXES}:
        return "joblib-dask-compat upgrade --to {}".format(" ".join(map(shlex.quote, alone)))
    return _PINS.format("")


def _remedies(found: Sequence[Dict[str, Any]]) -> List[str]:
    return sorted({package + allowed for each in found for package, allowed in each["remedy"].items()})


def _granted(keep: Sequence[str]) -> bool:
    """Tell whether `pins` has something for this Python that keeps to some ranges."""
    wishes = [
        pins.python_wish("{}.{}".format(*sys.version_info)),
        *(pins.package_wish(Requirement(each)) for each in keep),
    ]
    return bool(pins.granting(records.load(), wishes))


def round_trip(connection: Connection) -> float:
    """Return the median time that an answer of the scheduler takes, in milliseconds."""
    times = []
    for _ in range(_ROUND_TRIPS):
        began = time.perf_counter()
        connection.workers()
        times.append(time.perf_counter() - began)
    return round(1000 * statistics.median(times), 2)
