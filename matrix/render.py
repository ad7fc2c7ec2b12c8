"""Write what is made of the records: `python matrix/render.py [--check]`.

With --check nothing is written, and each file must be what it would be. Exit codes: 0, fine; 1, a file
is stale, edited by hand, empty or missing; 2, wrong use, or the records cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import records
import support_data
from rendering import markdown, page

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "nox -s render"
GENERATED: Mapping[str, Callable[[Path], str]] = {
    "compat_matrix.md": markdown.render,
    "docs/site/index.html": page.render,
    "src/joblib_dask_compat/data/support.json": support_data.render,
}


def write(name: str, text: str, root: Path) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    print(f"wrote {name}: {len(text.encode()) / 1000:.0f} kB")


def wrong(name: str, text: str, root: Path) -> str | None:
    """What is wrong with a file that should hold this text."""
    path = root / name
    if not path.is_file():
        return f"{name} is missing"
    found, wanted = path.read_bytes(), text.encode()
    if found == wanted:
        return None
    if not found.strip():
        return f"{name} is empty"
    pairs = zip(found.splitlines(), wanted.splitlines(), strict=False)
    place = next((number for number, (one, other) in enumerate(pairs, start=1) if one != other), None)
    return f"{name} is stale or was edited: " + (f"line {place} differs" if place else "its length differs")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write what is made of the records.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is not what it would be")
    parser.add_argument("--results", type=Path, default=records.RESULTS, metavar="FOLDER")
    parser.add_argument("--root", type=Path, default=ROOT, metavar="FOLDER", help="the checkout to write into")
    arguments = parser.parse_args(argv)
    try:
        texts = {name: render(arguments.results) for name, render in GENERATED.items()}
    except (ValueError, LookupError, OSError) as exc:
        print(f"the records cannot be rendered: {exc}", file=sys.stderr)
        return 2
    if not arguments.check:
        for name, text in texts.items():
            write(name, text, arguments.root)
        return 0
    findings = [what for name, text in texts.items() if (what := wrong(name, text, arguments.root))]
    for what in findings:
        print(f"{what}: run `{COMMAND}`", file=sys.stderr)
    print(f"{len(texts) - len(findings)} of {len(texts)} generated files are up to date")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
