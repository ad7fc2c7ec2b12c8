"""Write docs/reliability.md and its picture from the records: python reliability/render.py [--check]

With --check nothing is written, and each file must be what it would be. The picture notes in its first line what it
was made of and a digest of the rest: another release of matplotlib draws other bytes, and that alone does not make it
stale. Exit codes: 0, fine; 1, a file is stale, edited by hand, empty, missing or one too many; 2, the records cannot be
read.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import soak_bars
import soak_picture
from faults import CALM, FAULTS, LOSSES

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "tools"))

import generated  # noqa: E402 - the tools are no package

PAGE = Path("docs", "reliability.md")
PICTURE = Path("docs", "reliability", "soak.svg")

#: How calls that fail in a soak are told of.
CALLS = {
    "raises": "calls with a task that raises",
    "interrupted": "calls that an exception interrupts",
    "unpicklable": "calls with an argument that cannot be pickled",
}


class Records(NamedTuple):
    """What was recorded: of each stack, newest first, of the soak, and of fuzzing."""

    stacks: list[dict[str, Any]]
    soak: dict[str, Any] | None
    fuzz: dict[str, Any] | None


def load(folder: Path) -> Records:
    """Read the records; there may be none, but not a folder of none."""
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    stacks = [_read(path) for path in folder.glob("faults/*.json")]
    soak, fuzz = (_read(path) if path.exists() else None for path in (folder / "soak.json", folder / "fuzz.json"))
    return Records(sorted(stacks, key=_age, reverse=True), soak, fuzz)


def _read(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def _age(record: dict[str, Any]) -> list[int]:
    """Return what sorts stacks from old to new."""
    versions = record["versions"]
    return [int(part) for name in ("distributed", "python") for part in re.findall(r"\d+", versions[name])]


def page(records: Records) -> str:
    """Return docs/reliability.md."""
    return generated.template(HERE / "templates", "reliability.md.j2").render(
        stacks=[_stack(record) for record in records.stacks],
        losses=LOSSES,
        soak=records.soak and _soak(records.soak),
        fuzz=records.fuzz and _fuzz(records.fuzz),
    )


def _stack(record: dict[str, Any]) -> dict[str, Any]:
    found = record["faults"]
    if unknown := found.keys() - FAULTS.keys():
        raise LookupError(f"no such fault: {', '.join(sorted(unknown))}")
    rows = [
        (
            *(fault.fault, fault.done, each["times"]),
            ", ".join(outcome if outcome in CALM else f"`{outcome}`" for outcome in each["outcomes"]),
            each["lost"] and f"**{each['lost']}**",
            _held(max(each["seconds"]), fault.within),
            fault.within,
        )
        for name, fault in FAULTS.items()
        if (each := found.get(name))
    ]
    return {
        "title": _versions(record),
        "date": record["date"],
        "machine": _machine(record),
        "rows": rows,
        "missing": [fault.fault for name, fault in FAULTS.items() if name not in found],
        "slow_link": record.get("slow_link"),
    }


def _held(seconds: float, within: int) -> str:
    """Return a figure, in bold where it misses its bar."""
    return f"{seconds:.1f}" if seconds <= within else f"**{seconds:.1f}**"


def _soak(record: dict[str, Any]) -> dict[str, Any]:
    told = (
        "{tasks:,} tasks in {blocks:,} blocks, from {threads} threads of one client, on {workers} workers with nannies"
    )
    return {
        "told": told.format(**record["asked"]) + ".",
        "date": record["date"],
        "machine": _machine(record),
        "stack": _versions(record),
        "faults": [*record["faults"].items(), *((CALLS[kind], times) for kind, times in record["calls"].items())],
        "by_map": "{tasks:,} tasks in {seconds:.0f} s".format(**record["by_map"]),
        "bars": list(soak_bars.judge(record)),
        "title": soak_picture.TITLE,
    }


def _fuzz(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "date": record["date"],
        "machine": _machine(record),
        "with": "atheris {atheris} on Python {python}".format(**record["versions"]),
        "rows": [
            (name, f"{each['executions']:,}", f"{each['seconds']:.0f}", each["crashes"] and f"**{each['crashes']}**")
            for name, each in record["targets"].items()
        ],
    }


def _versions(record: dict[str, Any]) -> str:
    told = "Python {python}, joblib {joblib}, scikit-learn {sklearn}, distributed {distributed}"
    return told.format(**record["versions"])


def _machine(record: dict[str, Any]) -> str:
    told = "{cores} cores of {processor} ({system}) with a load of {load}"
    return told.format(**record["machine"])


def source(record: dict[str, Any]) -> str:
    """Return a digest of what the picture is made of: its record, and the code that draws it."""
    code = Path(soak_picture.__file__).read_text(encoding="utf-8")
    return generated.digest(json.dumps(record, sort_keys=True), code)


def sealed(record: dict[str, Any]) -> str:
    """Return the picture with the line that tells what it was made of."""
    text = soak_picture.svg(record)
    return generated.sealed(text, "reliability/render.py", "reliability/results/soak.json", source(record))


def render(records: Records, root: Path) -> None:
    """Write the page, and the picture or none."""
    wanted = {PAGE: page(records), **({PICTURE: sealed(records.soak)} if records.soak else {})}
    for path, text in wanted.items():
        generated.write(root / path, text)
    if not records.soak:
        (root / PICTURE).unlink(missing_ok=True)
    print(f"wrote {', '.join(path.as_posix() for path in wanted)}")


def findings(records: Records, root: Path) -> Iterator[str]:
    """Yield what is wrong with the files."""
    if wrong := generated.wrong_page(root / PAGE, page(records)):
        yield f"{PAGE.as_posix()} {wrong}"
    picture = root / PICTURE
    if not records.soak:
        if picture.exists():
            yield f"{PICTURE.as_posix()} has no record"
    elif wrong := generated.wrong_picture(picture, source(records.soak)):
        yield f"{PICTURE.as_posix()} {wrong}"


def main(argv: Sequence[str] | None = None) -> int:
    return generated.main(argv, f"{PAGE.as_posix()} and its picture", HERE / "results", load, render, findings)


if __name__ == "__main__":
    sys.exit(main())
