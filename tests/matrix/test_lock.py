"""The locks of the tools fit pyproject.toml, and the check sees it when they do not."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

LINT = "requirements/lint.txt"


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A copy of what the tool reads."""
    for name in ("tools", "requirements"):
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    return tmp_path


def checked(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", str(root / "tools" / "lock.py"), "--check"]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_locks_are_fresh(root: Path) -> None:
    done = checked(root)
    assert done.returncode == 0, done.stderr


def test_locks_name_no_place_to_download_from(root: Path) -> None:
    for path in (root / "requirements").iterdir():
        assert not re.search(r"://|^-", path.read_text(encoding="utf-8"), re.MULTILINE), path.name


def test_every_group_that_a_session_installs_is_locked(root: Path) -> None:
    named = re.findall(r'install_locked\(session, "(\w+)"\)', (root / "noxfile.py").read_text(encoding="utf-8"))
    assert {"lint", "render", "site"} <= set(named)
    assert {f"{name}.txt" for name in named} <= {path.name for path in (root / "requirements").iterdir()}


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("pyproject.toml", lambda text: text.replace('lint = ["mypy"', 'lint = ["pylint", "mypy"'), "other packages"),
        ("pyproject.toml", lambda text: text.replace('render = ["jinja2"', 'render = ["jinja2<2"'), "jinja2<2"),
        (LINT, lambda text: re.sub(r"(?m)^ruff==", "rough==", text), "ruff is not locked"),
        (LINT, lambda text: re.sub(r"(?m)^(ruff==\S+) \\\n(    .*\n)+", r"\1\n", text), "ruff has no hash"),
        (LINT, lambda text: text.splitlines(keepends=True)[0], "mypy is not locked"),
        (LINT, lambda text: "", "other packages"),
    ],
)
def test_stale_lock_is_found(copy: Path, name: str, change: Callable[[str], str], says: str) -> None:
    path = copy / name
    text = path.read_text(encoding="utf-8")
    assert change(text) != text
    path.write_text(change(text), encoding="utf-8")
    done = checked(copy)
    assert done.returncode == 1
    assert says in done.stderr


def test_missing_lock_is_found(copy: Path) -> None:
    (copy / LINT).unlink()
    assert f"{LINT}: it is missing" in checked(copy).stderr
