"""Print exact versions that were measured together and work, companions included.

What is printed is a file for `pip install -c` (or `-r`, which installs all of it). By default it is the newest
combination for the running Python; with --prefer nearest, the one that changes the fewest packages of the running
environment. Where nothing that was measured grants every wish, it says which to drop, with exit code 1.
"""

import argparse
import sys
from typing import Any, Dict, List, Optional, Sequence

from .. import advisories, manifests
from ..errors import InputError
from ..support import pins, records
from ..support.pins import Wish
from ..support.records import Record, Support
from . import FINDINGS, FINE, add_format, asking


def configure(command: argparse.ArgumentParser) -> None:
    asking.add_python(command, "the Python; default: the running one")
    command.add_argument(
        "--keep",
        nargs="+",
        action="append",
        default=[],
        metavar="PKG==V",
        help="any package that must stay; or a range",
    )
    command.add_argument("--prefer", choices=pins.PREFERENCES, default="newest", help="of several, which one")
    command.add_argument(
        "--no-advisory",
        action="append",
        default=[],
        metavar="SEVERITY,...",
        help="none that has an advisory of these severities which this package does not mend: {}".format(
            ",".join(advisories.SEVERITIES)
        ),
    )
    add_format(command)


def run(arguments: argparse.Namespace) -> int:
    support = records.load()
    wishes = _wishes(arguments, support)
    found = pins.granting(support, wishes)
    chosen = _chosen(support, found, arguments.prefer) if found else None
    drop = [] if chosen else pins.in_the_way(support, wishes)
    if arguments.format == "json":
        asking.print_json(_report(wishes, chosen, drop))
    elif chosen:
        print("\n".join(pins.constraints(chosen, wishes)))
    if chosen is None:
        _refuse(support, wishes, drop)
    return FINE if chosen else FINDINGS


def _wishes(arguments: argparse.Namespace, support: Support) -> List[Wish]:
    python = asking.python(arguments.python) or "{}.{}".format(*sys.version_info)
    kept = [_kept(text, support) for texts in arguments.keep for text in texts]
    return [pins.python_wish(python), *kept, *map(pins.advisory_wish, _severities(arguments.no_advisory))]


def _kept(text: str, support: Support) -> Wish:
    wish = asking.requirement(text, "--keep joblib==1.0.1")
    if wish.name == "python":
        raise InputError(f"--keep {text}: the Python is no package", "", "name it with --python")
    if not any(wish.name in record.pins for record in support.working):
        raise InputError(f"--keep {text}: no combination that was measured has a package {wish.name!r}")
    return pins.package_wish(wish)


def _severities(texts: Sequence[str]) -> List[str]:
    """Return the severities that were named, each once."""
    named = list(dict.fromkeys(each.strip() for text in texts for each in text.split(",") if each.strip()))
    unknown = [each for each in named if each not in advisories.SEVERITIES]
    if unknown:
        raise InputError(
            "--no-advisory {}: no such severity".format(",".join(unknown)),
            "",
            "there are {}".format(", ".join(advisories.SEVERITIES)),
        )
    return named


def _chosen(support: Support, found: Sequence[Record], prefer: str) -> Record:
    if prefer == "newest":
        return pins.newest(support, found)
    return pins.nearest(support, found, asking.pinned(manifests.environment()))


def _report(wishes: Sequence[Wish], chosen: Optional[Record], drop: Sequence[Sequence[Wish]]) -> Dict[str, Any]:
    return {
        "wishes": [wish.text for wish in wishes],
        "combination": chosen and chosen.combination.named,
        "cell": chosen and chosen.combination.cell,
        "date": chosen and chosen.date,
        "pins": dict(sorted(chosen.pins.items())) if chosen else {},
        "install": pins.to_install(chosen) if chosen else [],
        "security": [
            {"id": each["id"], "summary": each["summary"]} for each in (pins.security(chosen) if chosen else ())
        ],
        "drop": [[wish.text for wish in dropped] for dropped in drop],
    }


def _refuse(support: Support, wishes: Sequence[Wish], drop: Sequence[Sequence[Wish]]) -> None:
    def say(line: str) -> None:
        print(line, file=sys.stderr)

    say("no combination that was measured and works grants {}".format(" ".join(wish.text for wish in wishes)))
    for dropped in drop:
        left = pins.granting(support, [wish for wish in wishes if wish not in dropped])
        without = " and ".join(wish.text for wish in dropped)
        say(f"  without {without} there is {pins.newest(support, left).combination}")
