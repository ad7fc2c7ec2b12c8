"""The compiled advisories are what advisories/*.toml says, and the check sees it when they are not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TOOL = "tools/compile_advisories.py"
COMPILED = "src/joblib_dask_compat/data/advisories.json"
PAGES = "docs/advisories"
READ = ["tools", "advisories", "matrix/behaviours", "matrix/results", "src/joblib_dask_compat/data", PAGES]
ONE = "advisories/worker-death-hangs.toml"


def compiled(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", str(root / TOOL), *options]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=root)


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A copy of what the tool reads and writes."""
    for name in READ:
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [*root.glob("matrix/*.py"), *root.glob("matrix/*.toml"), root / "matrix" / "releases.json"]:
        shutil.copy(path, tmp_path / "matrix")
    shutil.copy(root / "pyproject.toml", tmp_path)
    return tmp_path


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_compiled_advisories_are_fresh(root: Path) -> None:
    done = compiled(root, "--check")
    assert done.returncode == 0, done.stderr


def test_compiled_file_says_what_makes_it_and_has_every_advisory(root: Path) -> None:
    text = (root / COMPILED).read_text(encoding="utf-8")
    assert TOOL in text.splitlines()[1]
    ids = [each["id"] for each in json.loads(text)["advisories"]]
    assert ids == sorted(path.stem for path in root.glob("advisories/*.toml"))


def test_compiling_again_changes_no_byte(root: Path, copy: Path) -> None:
    (copy / COMPILED).unlink()
    shutil.rmtree(copy / PAGES)
    assert compiled(copy).returncode == 0
    for name in (COMPILED, *(f"{PAGES}/{path.name}" for path in (root / PAGES).iterdir())):
        assert (copy / name).read_bytes() == (root / name).read_bytes()
    assert compiled(copy, "--check").returncode == 0


def test_every_advisory_has_a_page_that_says_what_makes_it(root: Path) -> None:
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (root / PAGES).glob("*.md")}
    assert set(pages) == {"README", *(path.stem for path in root.glob("advisories/*.toml"))}
    for text in pages.values():
        assert TOOL in text.splitlines()[0]
    for link in re.findall(r"\]\(([\w./-]+)\)", "".join(pages.values())):
        assert (root / PAGES / link).exists(), link


@pytest.mark.parametrize("change", ["edited", "emptied", "removed", "added"])
def test_stale_pages_are_red(change: str, copy: Path) -> None:
    page = copy / PAGES / "worker-death-hangs.md"
    if change == "edited":
        replaced(page, "hang", "bang")
    elif change == "emptied":
        page.write_text("", encoding="utf-8")
    elif change == "removed":
        page.unlink()
    else:
        page = page.with_name("no-such-advisory.md")
        page.touch()
    done = compiled(copy, "--check")
    assert done.returncode == 1
    assert f"{PAGES}/{page.name} is stale or missing: run `python tools/compile_advisories.py`" in done.stderr
    assert compiled(copy).returncode == 0
    assert compiled(copy, "--check").returncode == 0


def emptied(copy: Path) -> None:
    (copy / COMPILED).write_text("", encoding="utf-8")


def without_advisories(copy: Path) -> None:
    (copy / COMPILED).write_text('{"advisories": []}\n', encoding="utf-8")


def removed(copy: Path) -> None:
    (copy / COMPILED).unlink()


def edited(copy: Path) -> None:
    replaced(copy / COMPILED, '"severity": "hang"', '"severity": "degraded"')


def space_added(copy: Path) -> None:
    replaced(copy / COMPILED, "\n ]\n}\n", "\n ] \n}\n")


def source_edited(copy: Path) -> None:
    replaced(copy / ONE, 'summary = "', 'summary = "Now ')


def source_removed(copy: Path) -> None:
    (copy / ONE).unlink()


@pytest.mark.parametrize(
    "change",
    [emptied, without_advisories, removed, edited, space_added, source_edited, source_removed],
    ids=lambda change: change.__name__,
)
def test_stale_file_is_red_and_left_alone(change: Callable[[Path], None], copy: Path) -> None:
    change(copy)
    path = copy / COMPILED
    before = path.read_bytes() if path.exists() else None
    done = compiled(copy, "--check")
    assert done.returncode == 1
    assert "is stale or missing: run `python tools/compile_advisories.py`" in done.stderr
    assert (path.read_bytes() if path.exists() else None) == before


def test_wrong_advisories_are_red_and_compile_to_nothing(copy: Path) -> None:
    wrong = [
        ('id = "', 'id = "another-', "the file's name says 'wrong-0'"),
        ('severity = "hang"', 'severity = "bad"', "severity is 'bad'"),
        ('mended_by = "', 'mended_by = "un', "mended_by: no behaviour"),
        ("id =", "idea =", "key 'id' is missing"),
        ("id =", "id = =", "no TOML"),
        ("https://", "http://", "is no https link"),
        ("joblib = ", "joblip = ", "unknown package 'joblip'"),
        ("joblib = ", "msgpack = ", "no release of msgpack lies in"),
        ('joblib = ">=1.4"', 'joblib = "not <1.4"', "joblib = 'not <1.4' is no PEP 440 range"),
        ('joblib = "', 'setuptools = "not == ', "is no PEP 440 range"),
        ("py3.13-joblib1.5.3", "py3.13-joblib1.4.0", "there is no record of py3.13-joblib1.4.0"),
        ('mended_by = "killed_worker"', 'mended_by = "closures"', "closures does not fail in the column upstream of"),
        # a release whose nanny starts no worker, so that no cell can work
        ("remedy = {}", 'remedy = { distributed = "==1.20.1" }', "no cell with these versions works"),
    ]
    for number, (old, new, _) in enumerate(wrong):
        path = copy / "advisories" / f"wrong-{number}.toml"
        shutil.copy(copy / ONE, path)
        replaced(path, 'id = "worker-death-hangs"', f'id = "wrong-{number}"')
        replaced(path, old, new)
    before = (copy / COMPILED).read_bytes()
    done = compiled(copy)
    assert done.returncode == 1
    for number, (_, _, told) in enumerate(wrong):
        assert any(f"wrong-{number}.toml: " in line and told in line for line in done.stderr.splitlines()), told
    assert (copy / COMPILED).read_bytes() == before


@pytest.mark.parametrize(
    ("remedy", "told"),
    [
        ('{ setuptools = "<82" }', None),
        ('{ joblib = ">=0.14.1" }', None),
        ('{ setuptools = ">=40" }', "leaves the advisory true"),
        ('{ distributed = ">=2" }', "leaves the advisory true"),
    ],
)
def test_a_remedy_may_bring_what_is_missing(remedy: str, told: str | None, copy: Path) -> None:
    path = copy / "advisories" / "joblib-needs-pkg-resources.toml"
    replaced(path, '{ joblib = ">=0.14.1" }', remedy)
    done = compiled(copy)
    assert done.returncode == (1 if told else 0), done.stderr
    assert (told or "") in done.stderr


def test_no_advisories_at_all_are_red(copy: Path) -> None:
    for path in copy.glob("advisories/*.toml"):
        path.unlink()
    done = compiled(copy)
    assert done.returncode == 1
    assert "there are no advisories" in done.stderr
