"""What the tests of the matrix share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import catalog


@pytest.fixture
def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture
def promises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], Path]]:
    """Write behaviours for one test, which then are all that there are."""
    folder = tmp_path / "matrix" / "behaviours"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    monkeypatch.setattr(catalog, "FOLDER", folder)
    catalog.behaviours.cache_clear()

    def write(name: str, text: str) -> Path:
        path = folder / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        catalog.behaviours.cache_clear()
        return path

    yield write
    catalog.behaviours.cache_clear()
