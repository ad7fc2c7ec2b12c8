#!/usr/bin/env python3
"""Write the tables of docs/legacy.md: `python matrix/pickles/tables.py [--check]`.

From matrix/pickles/loads.json, and from the tables of joblib_dask_compat/legacy. With --check nothing is written. Exits
with 0 (fine), 1 (stale, or something in the record is neither as before nor refused) or 2 (wrong use).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src"))

from joblib_dask_compat.legacy import limits, moved, paths  # noqa: E402

RECORD = Path(__file__).with_name("loads.json")
PAGE = ROOT / "docs" / "legacy.md"
COMMAND = "python matrix/pickles/tables.py"
SAME, REFUSED = "as before", "refused: "
KEPT = ("GridSearchCV", "LogisticRegression", "Pipeline", "RandomForestClassifier", "SVC", "StandardScaler")
KEPT += ("TfidfVectorizer",)


def minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def table(*rows: tuple[str, ...]) -> str:
    head, *body = rows
    lines = [head, ("---",) * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


# -- what the record says


def spread(changes: dict[str, str], readers: list[str]) -> dict[str, str]:
    """From each reader to what came of a file in it; a record has only the changes."""
    told: dict[str, str] = {}
    outcome = ""
    for reader in readers:
        outcome = changes.get(reader, outcome)
        if outcome:
            told[reader] = outcome
    return told


def span(told: dict[str, str]) -> str:
    """In short, the releases that read a file: "all", or the last one, and gaps."""
    good = [reader for reader, outcome in told.items() if outcome == SAME]
    if not good:
        return "none"
    gaps = [reader for reader in list(told)[: list(told).index(good[-1])] if reader not in good]
    last = "all" if good[-1] == list(told)[-1] else f"to {minor(good[-1])}"
    return last + "".join(f", not {minor(gap)}" for gap in gaps)


def wrong(record: dict) -> Iterator[str]:
    """Outcomes that must not be: results that differ, errors of scikit-learn's own, pins that do not load a file."""
    readers = list(record["readers"])
    if not record["outcomes"]:
        yield "the record is empty"
    for name, by_writer in record["outcomes"].items():
        for writer, changes in by_writer.items():
            told = spread(changes, readers)
            for reader, outcome in told.items():
                what = f"{name} of scikit-learn {writer} in {reader}: {outcome}"
                if outcome.startswith(REFUSED):
                    pinned = re.search(r"scikit-learn==(\S+?)'", outcome)
                    if not pinned or told.get(pinned[1]) != SAME:
                        yield f"{what}, which was not seen to load it"
                elif outcome != SAME:
                    yield what


def loads(record: dict) -> str:
    readers, writers = list(record["readers"]), list(record["writers"])
    rows = [("written by scikit-learn", *map(minor, writers))]
    names = sorted(record["outcomes"], key=lambda name: (name not in KEPT, name.lower()))
    for name in names:
        by_writer = record["outcomes"][name]
        cells = [span(spread(by_writer[writer], readers)) if writer in by_writer else "" for writer in writers]
        rows.append((f"**{name}**" if name in KEPT else name, *cells))
    return table(*rows)


# -- what the package's own tables say


def opened(_: dict) -> str:
    rows = [("path", "gone since", "modern spelling")]
    rows += [(f"`{name}`", f"[{row.since}]({row.link})", f"`{row.modern}`") for name, row in paths.MODULES.items()]
    for module, names in paths.NAMES.items():
        rows += [(f"`{module}.{name}`", f"[{row.since}]({row.link})", f"`{row.modern}`") for name, row in names.items()]
    return table(*rows)


def moves(_: dict) -> str:
    rows = [("moved in", "old place gone in", "modules", "why")]
    for move in moved.MOVES:
        first, *others = move.modules.items()
        which = f"`{first[0]}` to `{first[1]}`" + (f", and {len(others)} more" if others else "")
        rows.append((move.moved_in, move.gone_in, which, f"[{move.reason}]({move.link})"))
    for module, names in moved.NAMES.items():
        rows += [
            (row.since.split()[-1], "the same", f"`{module}.{name}`", f"[now {row.modern}]({row.link})")
            for name, row in names.items()
        ]
    return table(*rows)


def carried(_: dict) -> str:
    rows = [("files from before", "that name", "are refused because")]
    for limit in limits.LIMITS:
        names = ", ".join(f"`{name.rstrip('.')}`" for name in limit.names)
        until = f" to {limit.again}, which reads them again" if limit.again else ""
        rows.append((f"{limit.until}{until}", names, limit.reason))
    return table(*rows)


BLOCKS: dict[str, Callable[[dict], str]] = {"opened": opened, "loads": loads, "moves": moves, "carried": carried}


def rendered(page: str, record: dict) -> str:
    for name, make in BLOCKS.items():
        begin, end = f"<!-- BEGIN {name}, GENERATED by {COMMAND} -->", f"<!-- END {name} -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        page, count = pattern.subn(lambda _: f"{begin}\n\n{make(record)}\n\n{end}", page)  # noqa: B023
        if count != 1:
            raise SystemExit(f"{PAGE.relative_to(ROOT)} must have one {begin} ... {end}, it has {count}")
    return page


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the tables of docs/legacy.md.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where something is stale")
    check = parser.parse_args().check
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    findings = list(wrong(record))
    before = PAGE.read_text(encoding="utf-8")
    after = rendered(before, record)
    if check and before != after:
        findings.append(f"{PAGE.relative_to(ROOT)} is stale: run `{COMMAND}`")
    elif not check:
        PAGE.write_text(after, encoding="utf-8")
    print("\n".join(findings), file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
