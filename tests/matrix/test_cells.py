"""The cells that are always measured."""

from __future__ import annotations

import datetime
import re
import tomllib
from pathlib import Path

import pytest

import cells
import releases
from cells import Cell

EDGES = cells.edges()
EACH_EDGE = pytest.mark.parametrize("cell", EDGES, ids=str)


def test_edges_are_20_different_cells() -> None:
    assert len(EDGES) == len(set(EDGES)) == 20


def test_every_python_is_covered(root: Path) -> None:
    assert {cell.python for cell in EDGES} == {f"3.{minor}" for minor in range(6, 16)}
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    prefix = "Programming Language :: Python :: 3."
    promised = {"3." + each.removeprefix(prefix) for each in project["classifiers"] if each.startswith(prefix)}
    assert {cell.python for cell in EDGES} == promised


@EACH_EDGE
def test_id_round_trips(cell: Cell) -> None:
    assert cells.from_id(cell.id) == cell
    assert str(cell) == cell.id


def test_id_keeps_post_releases() -> None:
    cell = Cell("3.7", "0.15.1", "0.22.2.post1", "2.14.0")
    assert cell.id == "py3.7-joblib0.15.1-sklearn0.22.2.post1-distributed2.14.0"
    assert cells.from_id(cell.id) == cell


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "py3.6",
        "py3.6-joblib0.11-sklearn0.19.2",
        "py3.6-joblib0.11-sklearn0.19.2-distributed",
        "py3.6-joblib0.11-sklearn0.19.2-distributed1.21.8-dask1",
        "py3.6-sklearn0.19.2-joblib0.11-distributed1.21.8",
        " py3.6-joblib0.11-sklearn0.19.2-distributed1.21.8",
    ],
)
def test_what_is_no_id_is_told(wrong: str) -> None:
    with pytest.raises(ValueError, match="is not a cell id"):
        cells.from_id(wrong)


@EACH_EDGE
def test_edge_is_made_of_releases(cell: Cell) -> None:
    for package, version in cell.packages.items():
        assert releases.release_date(package, version) < cells.as_of()
    wheels = releases.load()["scikit-learn"][cell.sklearn]["wheels"]
    assert "cp" + cell.python.replace(".", "") in wheels


@EACH_EDGE
def test_edge_pins_its_companions(cell: Cell) -> None:
    companions = cells.companions(cell)
    pinned = {name for name, (requirement, row) in companions.items() if row.follow or requirement.specifier}
    assert {"dask", "tornado", "cloudpickle", "click", "toolz", "zict", "tblib", "psutil", "pyyaml"} <= pinned
    assert {"sortedcontainers", "numpy", "scipy", "pandas"} <= pinned
    assert ("msgpack" in pinned) != ("msgpack-python" in pinned)
    for _, row in companions.values():
        assert row.reason
        if row.follow:
            after = releases.release_date(row.follow.package, cell.packages[row.follow.package])
            assert after + datetime.timedelta(days=row.follow.days) <= row.follow.cutoff(cell)


def test_oldest_and_newest_release_are_edges() -> None:
    newest = {package: list(known)[-1] for package, known in releases.load().items()}
    assert any(cell.packages == newest for cell in EDGES)
    assert EDGES[0].python == "3.6"
    assert EDGES[0].joblib == releases.OLDEST["joblib"]


def test_ci_runs_every_behaviour_in_the_oldest_and_the_newest_era() -> None:
    whole = cells.whole_in_ci()
    assert set(whole) <= set(EDGES)
    assert whole[0].python == EDGES[0].python
    assert whole[-1].packages == EDGES[-1].packages


def test_unknown_release_says_how_to_get_it() -> None:
    with pytest.raises(releases.UnknownReleaseError, match=r"python matrix/releases\.py"):
        releases.release_date("joblib", "99.0")


def test_readme_reruns_a_real_cell(root: Path) -> None:
    text = (root / "matrix" / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"--cells (py\S+)", text)
    assert found
    assert set(map(cells.from_id, found)) <= set(EDGES)
