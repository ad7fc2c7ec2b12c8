"""One environment turns into the next, with nothing of the old one left. Real uv, small packages."""

from __future__ import annotations

import json
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


def test_environment_turns_into_the_next_one(wishes: dict[Cell, list[str]]) -> None:
    wishes[OLD] = ["iniconfig==2.0.0", "six==1.16.0", "toolz==1.0.0"]
    wishes[NEW] = ["iniconfig==2.0.0", "six"]
    site = environments.ensure(OLD).parents[1] / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    compiled = site / "iniconfig" / "__pycache__" / "__init__.pyc"
    compiled.parent.mkdir()
    compiled.touch()
    environments.set_aside(OLD)

    python = environments.ensure(NEW)
    site = Path(str(site).replace(OLD.id, NEW.id))
    assert (site / compiled.relative_to(compiled.parents[2])).exists(), "what both have was installed anew"
    assert not (site / "toolz").exists()
    found = dict(line.split("==") for line in environments.installed(python))
    assert found.keys() == {"iniconfig", "six"}
    assert found["six"] > "1.16.0", "what was there before decided about a version"
    assert not list(environments.SPARE.iterdir())


def test_environment_that_is_not_aside_is_not_taken(wishes: dict[Cell, list[str]]) -> None:
    wishes.update({cell: ["six==1.16.0"] for cell in (OLD, NEW, THIRD)})
    kept, other = environments.ensure(OLD), environments.ensure(NEW)
    assert kept != other
    assert kept.exists()
    environments.set_aside(NEW)
    wishes[THIRD] = ["six==0.0.0"]
    with pytest.raises(environments.CellError, match="no version of six"):
        environments.ensure(THIRD)
    assert kept.exists()


def test_what_could_not_be_made_is_not_set_aside(wishes: dict[Cell, list[str]]) -> None:
    wishes[OLD] = ["six==0.0.0"]
    with pytest.raises(environments.CellError):
        environments.ensure(OLD)
    environments.set_aside(OLD)
    assert not list(environments.SPARE.iterdir())
