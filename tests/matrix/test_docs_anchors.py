"""Where an error says "read more", there is something to read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"docs/(?P<page>[\w./-]+\.md)(?:#(?P<anchor>[\w-]+))?")


def texts(path: Path) -> Iterator[str]:
    """A file's text, and what it makes with `NAME + "#anchor"`, of which NAME has the page."""
    text = path.read_text(encoding="utf-8")
    yield text
    if path.suffix != ".py":
        return
    tree = ast.parse(text)
    assigned = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)]
    constants = {ast.unparse(node.targets[0]): node.value.value for node in assigned}
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant) and str(node.right.value)[:1] == "#":
            yield f"{constants[ast.unparse(node.left)]}{node.right.value}"


def mentions() -> list[tuple[str, str]]:
    """Each page and anchor ("" for none) that the package mentions anywhere."""
    paths = [*ROOT.glob("src/**/*.py"), *ROOT.glob("src/**/*.json")]
    found = [match for path in paths for text in texts(path) for match in LINK.finditer(text)]
    return sorted({(match["page"], match["anchor"] or "") for match in found})


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#{1,6} +(.+?) *$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_package_points_at_its_docs() -> None:
    found = mentions()
    assert ("errors.md", "no-workers") in found  # of which the source has the two halves
    assert len(found) > 10


@pytest.mark.parametrize(("page", "anchor"), mentions())
def test_mentioned_heading_exists(page: str, anchor: str) -> None:
    path = ROOT / "docs" / page
    assert path.is_file()
    if anchor:
        assert anchor in anchors(path)


def test_every_error_has_a_heading_of_its_own() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    source = (ROOT / "src" / "joblib_dask_compat" / "errors.py").read_text(encoding="utf-8")
    names = re.findall(r"^class (\w+)\((?:CompatError|\w*Warning)\b", source, flags=re.MULTILINE)
    assert names
    assert not [name for name in names if f"`{name}`" not in text]
    linked = re.findall(r"\(#([\w-]+)\)", text)
    assert set(linked) <= anchors(ROOT / "docs" / "errors.md")
