"""Write docs/benchmarks.md and its pictures from the records: python benchmarks/render.py [--check]

With --check nothing is written, and each file must be what it would be. A picture notes in its first line what it was
made of and a digest of the rest: another release of matplotlib draws other bytes, and that alone makes no picture
stale. Exit codes: 0, fine; 1, a file is stale, edited by hand, empty, missing or one too many; 2, the records cannot be
read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import bars
import pictures
from pictures import PICTURES, Picture

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "tools"))

import generated  # noqa: E402 - the tools are no package

PAGE = Path("docs", "benchmarks.md")
FOLDER = Path("docs", "pictures")

Records = Mapping[str, Any]


def load(folder: Path) -> Records:
    """Read the records; the one before the newest is NAME.before."""
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    return {
        path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")
    }


def page(records: Records) -> str:
    """Return docs/benchmarks.md."""
    return generated.template(HERE / "templates", "benchmarks.md.j2").render(
        rows=[told(row, records) for row in bars.ROWS],
        pictures=[shown(name, picture, records) for name, picture in PICTURES.items()],
        records=[{"name": name, **records[name]} for name in sorted(records)],
    )


def told(row: bars.Row, records: Records) -> dict[str, str]:
    """Return a row of the table, of the newest record and the one before."""
    names = [name for name in (row.record, f"{row.record}.before") if name in records]
    found = {name: judged for name in names if (judged := row.judge(records[name]))}
    if row.record not in found:
        return {"measure": row.measure, "bar": row.bar, **dict.fromkeys(("figures", "met", "recorded"), "not recorded")}
    return {
        "measure": row.measure,
        "bar": row.bar,
        "figures": "<br>".join(judged.told.replace("|", "¦") for judged in found.values()),
        "met": verdict([judged.met for judged in found.values()], row.limit),
        "recorded": "<br>".join(f"[{records[name]['date']}](../benchmarks/results/{name}.json)" for name in found),
    }


def verdict(met: Sequence[bool], limit: str) -> str:
    """Return in how many runs a bar was met, and where it is explained if in one it was not."""
    if any(met) != all(met):
        word = "**in one of two runs**"
    else:
        word = ("yes" if all(met) else "**no**") + (", in both runs" if len(met) > 1 else "")
    return word if all(met) or not limit else f"{word}: [why]({limit})"


def shown(name: str, picture: Picture, records: Records) -> dict[str, Any]:
    """Return what the page says of a picture."""
    record = records.get(picture.record)
    return {
        "name": name,
        "title": picture.title,
        "caption": picture.caption,
        "date": record and record["date"],
        "table": record and picture.table(record),
    }


def recorded(records: Records) -> Iterator[tuple[Path, Picture, Any]]:
    """Yield path, picture and record of each picture that can be drawn."""
    for name, picture in PICTURES.items():
        if picture.record in records:
            yield FOLDER / f"{name}.svg", picture, records[picture.record]


def source(picture: Picture, record: Any) -> str:
    """Return a digest of what a picture is made of: its record, and the code that draws it."""
    code = Path(pictures.__file__).read_text(encoding="utf-8")
    return generated.digest(picture.title, json.dumps(record, sort_keys=True), code)


def sealed(picture: Picture, record: Any) -> str:
    """Return a picture with the line that tells what it was made of."""
    text = pictures.svg(picture, record)
    of = f"benchmarks/results/{picture.record}.json"
    return generated.sealed(text, "benchmarks/render.py", of, source(picture, record))


def render(records: Records, root: Path) -> None:
    """Write everything, and remove pictures that have no record."""
    wanted = {path: sealed(picture, record) for path, picture, record in recorded(records)}
    wanted[PAGE] = page(records)
    for path, text in wanted.items():
        generated.write(root / path, text)
    for extra in extras(records, root):
        (root / extra).unlink()
    print(f"wrote {len(wanted)} files: {', '.join(path.name for path in wanted)}")


def extras(records: Records, root: Path) -> list[Path]:
    """Return the pictures that nothing is recorded for."""
    known = {path for path, _, _ in recorded(records)}
    return sorted(path.relative_to(root) for path in (root / FOLDER).glob("*") if path.relative_to(root) not in known)


def findings(records: Records, root: Path) -> Iterator[str]:
    """Yield what is wrong with the files."""
    if wrong := generated.wrong_page(root / PAGE, page(records)):
        yield f"{PAGE.as_posix()} {wrong}"
    for path, picture, record in recorded(records):
        if wrong := generated.wrong_picture(root / path, source(picture, record)):
            yield f"{path.as_posix()} {wrong}"
    for path in extras(records, root):
        yield f"{path.as_posix()} has no record"


def main(argv: Sequence[str] | None = None) -> int:
    return generated.main(argv, f"{PAGE.as_posix()} and its pictures", bars.RESULTS, load, render, findings)


if __name__ == "__main__":
    sys.exit(main())
