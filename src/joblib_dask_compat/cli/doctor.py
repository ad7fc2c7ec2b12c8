"""Say what is installed, which route a block takes and why, and whether work reaches the workers.

Without --scheduler it looks at this environment only, offline. With it, it connects, compares the versions of client,
scheduler and workers, measures the round trip, and runs a few tasks to see where they run. Exit code 1 where something
was found, 3 where the scheduler did not answer.
"""

import argparse
import contextlib
import os
import sys
from typing import Any, Dict

from ..cluster import connect
from ..copies import import_checked
from ..diagnosis import NOTE, Diagnosis
from ..errors import CompatError, ConnectError, InputError, SchedulerLostError
from ..routes import PREFERENCES
from ..versions import DISTRIBUTIONS
from . import FINDINGS, FINE, UNDECIDED, add_format, add_scheduler, asking, positive

#: Options of TLS, as dask's own commands spell them, and what distributed's ``Security`` calls them.
TLS = {"tls_ca_file": "tls_ca_file", "tls_cert": "tls_client_cert", "tls_key": "tls_client_key"}


def configure(command: argparse.ArgumentParser) -> None:
    add_scheduler(command)
    for option in TLS:
        command.add_argument("--" + option.replace("_", "-"), metavar="FILE", help="for tls://, in PEM format")
    seconds = positive(float)
    command.add_argument("--timeout", type=seconds, default=30, metavar="S", help="for connecting, and for the probe")
    command.add_argument("--prefer", choices=PREFERENCES, default="auto", help="which backend class")
    add_format(command)


def run(arguments: argparse.Namespace) -> int:
    security = _security_options(arguments)
    diagnosis = Diagnosis(arguments.prefer)
    diagnosis.environment()
    undecided = False
    if arguments.scheduler and diagnosis.hidden:
        diagnosis.skip("cluster", "packages that it takes cannot be imported: {}".format(", ".join(diagnosis.hidden)))
    elif arguments.scheduler:
        try:
            given = import_checked("distributed.security").Security(**security) if security else None
            with contextlib.closing(connect(arguments.scheduler, security=given, timeout=arguments.timeout)) as client:
                diagnosis.cluster(client, arguments.timeout)
        except CompatError as exc:
            undecided = isinstance(exc, (ConnectError, SchedulerLostError))
            diagnosis.skip("cluster", exc.what)
            print(f"error: {exc}", file=sys.stderr)
    else:
        diagnosis.skip("cluster", "no --scheduler was given, so nothing was run")
    report = diagnosis.told()
    if arguments.format == "json":
        asking.print_json(report)
    else:
        _tell(report)
    found = any(each["severity"] != NOTE for each in report["findings"])
    return UNDECIDED if undecided else FINDINGS if found else FINE


def _security_options(arguments: argparse.Namespace) -> Dict[str, Any]:
    """Return what distributed's ``Security`` is to be made of; nothing where no option of TLS was given."""
    given = {name: getattr(arguments, option) for option, name in TLS.items() if getattr(arguments, option)}
    if not given:
        return {}
    if len(given) < len(TLS):
        raise InputError("TLS takes all of --tls-ca-file, --tls-cert and --tls-key")
    for path in given.values():
        if not os.path.isfile(path):
            raise InputError(f"cannot read {path}", "No such file")
    return {"require_encryption": True, **given}


def _tell(report: Dict[str, Any]) -> None:
    for name, version in report["versions"].items():
        print(f"{DISTRIBUTIONS.get(name, name):20} {version or 'not installed'}")
    for copy in report["copies"]:
        _tell_copy(copy)
    known = report["records"]
    if known:
        measured = f" on {known['date']}" if known["date"] else ""
        print(f"\nthis combination: {known['verdict']}{measured} (joblib-dask-compat caniuse --env)")
        for each in known["newer"]:
            print(f"  newer than anything measured: {each}")
    if report["advisories"]:
        print("\nadvisories for these versions (joblib-dask-compat explain ID)")
        for each in report["advisories"]:
            print(f"  {each['id']:28} {each['severity']:13} {'holds' if each['holds'] else 'avoided'}")
    if report["cluster"]:
        _tell_cluster(report["cluster"])
    for each in report["skipped"]:
        print(f"\nskipped {each['what']}: {each['why']}", file=sys.stderr)
    for each in report["findings"]:
        print(f"\n{each['severity']}: {each['what']}\n  fix: {each['fix']}")
    if not report["findings"]:
        print("\nno findings")


def _tell_copy(copy: Dict[str, Any]) -> None:
    used = " (used by scikit-learn)" if copy["used_by_sklearn"] else ""
    print(f"\ncopy {copy['name']} {copy['version'] or ''}{used}")
    print(f"  route {copy['route']!r}: {copy['reason']}")
    for each in copy["rejected"]:
        print(f"  not {each['route']!r}: {each['reason']}")


def _tell_cluster(cluster: Dict[str, Any]) -> None:
    print("\ncluster {address}: {workers} workers, {threads} threads; round trip {round_trip_ms} ms".format(**cluster))
    probe = cluster.get("probe")
    if probe:
        for each in probe["processes"]:
            print("  {tasks} probe tasks ran on {host}, process {pid}".format(**each))
        print("  this is {host}, process {pid}".format(**probe["client"]))
