"""One environment turns into the next, with nothing of the old one left. Real uv, small packages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cells
import environments
from cells import Cell

OLD, NEW, THIRD = cells.edges()[:3]


@pytest.fixture
def wishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[Cell, list[str]]:
    """What cells ask for, in place of the real thing, which takes a minute."""
    asked: dict[Cell, list[str]] = {}
    monkeypatch.setattr(environments, "FOLDER", tmp_path / "cells")
    monkeypatch.setattr(environments, "SPARE", tmp_path / "cells" / "spare")
    monkeypatch.setattr(environments, "CACHE", tmp_path / "cells" / "cache")
    monkeypatch.setattr(environments, "_check", lambda cell: None)
    monkeypatch.setattr(
        environments,
        "_request",
        lambda cell: json.dumps({"interpreter": sys.executable, "options": [], "requirements": asked[cell]}),
    )
    return asked


def run(python: Path, code: str) -> str:
    compiling = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    return subprocess.check_output([python, "-c", code], text=True, env=compiling).strip()


def test_environment_turns_into_the_next_one(wishes: dict[Cell, list[str]]) -> None:
    wishes[OLD] = ["iniconfig==2.0.0", "six==1.16.0", "toolz==1.0.0"]
    wishes[NEW] = ["iniconfig==2.0.0", "six"]
    run(environments.ensure(OLD), "import iniconfig, six, toolz")  # compiled, as after a cell was measured
    (environments.FOLDER / OLD.id / environments.WHEEL_MARKER).touch()
    environments.set_aside(OLD)

    python = environments.ensure(NEW)
    assert environments.installed_wheel(NEW) is None
    compiled = Path(run(python, "import importlib.util, iniconfig; print(iniconfig.__spec__.cached)"))
    assert compiled.stat().st_mtime < (environments.FOLDER / NEW.id / environments.REQUEST_MARKER).stat().st_mtime
    assert run(python, "import importlib.util; print(importlib.util.find_spec('toolz'))") == "None"
    found = dict(line.split("==") for line in environments.installed(python))
    assert found.keys() == {"iniconfig", "six"}
    assert found["six"] > "1.16.0", "what was there before decided about a version"
    assert not list(environments.SPARE.iterdir())


def test_environment_that_is_in_use_or_of_another_interpreter_is_not_taken(wishes: dict[Cell, list[str]]) -> None:
    wishes.update({cell: ["six==1.16.0"] for cell in (OLD, NEW, THIRD)})
    used, _ = environments.ensure(OLD), environments.ensure(NEW)
    marker = environments.FOLDER / NEW.id / environments.REQUEST_MARKER
    marker.write_text(json.dumps({"interpreter": "another"}), encoding="utf-8")
    environments.set_aside(NEW)
    environments.ensure(THIRD)
    assert used.exists()
    assert [spare.name for spare in environments.SPARE.iterdir()] == [NEW.id]
    environments.discard_spares()
    assert not environments.SPARE.exists()


def test_what_could_not_be_made_is_not_set_aside(
    wishes: dict[Cell, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(cell: Cell) -> None:
        raise environments.CellError("another version")

    wishes[OLD] = ["six==1.16.0"]
    monkeypatch.setattr(environments, "_check", refuse)
    with pytest.raises(environments.CellError, match="another version"):
        environments.ensure(OLD)
    environments.set_aside(OLD)
    assert not list(environments.SPARE.iterdir())
    assert not (environments.FOLDER / OLD.id).exists()
