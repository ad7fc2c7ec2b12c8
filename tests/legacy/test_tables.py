"""The tables: what the documentation shows is what was recorded, and the rows lead somewhere."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from joblib_dask_compat.legacy import limits, loading, moved, paths

ROOT = Path(__file__).resolve().parents[2]
TOOL = "matrix/pickles/tables.py"
RECORD = "matrix/pickles/loads.json"
PAGE = "docs/legacy.md"


def checked(root):
    command = [sys.executable, "-B", str(root / TOOL), "--check"]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path):
    for path in (TOOL, RECORD, PAGE):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_page_is_fresh():
    done = checked(ROOT)
    assert done.returncode == 0, done.stderr


def test_page_and_record_say_what_makes_them():
    assert TOOL in (ROOT / PAGE).read_text(encoding="utf-8").splitlines()[0]
    assert "record.py" in (ROOT / RECORD).read_text(encoding="utf-8").splitlines()[1]


def replaced(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


CHANGES = {
    "a table edited": (PAGE, "| all |", "| none |", "stale"),
    "a row of the package edited": ("src/joblib_dask_compat/legacy/paths.py", "dask-ml 1.1", "dask-ml 1.2", "stale"),
    "an outcome that differs": (RECORD, '"as before"', '"other results than before"', "other results than before"),
    "an error of scikit-learn": (RECORD, '"as before"', '"AttributeError: _probA"', "AttributeError: _probA"),
    "pins that do not load": (RECORD, "scikit-learn==1.2.2'", "scikit-learn==1.9.1'", "not seen to load it"),
    "a table removed": (PAGE, "<!-- END loads -->", "", "must have one"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_stale_page_and_bad_record_are_red(copy, change):
    path, old, new, told = change
    assert checked(copy).returncode == 0
    replaced(copy / path, old, new)
    done = checked(copy)
    assert done.returncode == 1
    assert told in done.stderr


def test_empty_record_is_red(copy):
    record = json.loads((copy / RECORD).read_text(encoding="utf-8"))
    (copy / RECORD).write_text(json.dumps({**record, "outcomes": {}}), encoding="utf-8")
    done = checked(copy)
    assert done.returncode == 1
    assert "the record is empty" in done.stderr


def test_record_has_every_writer_and_reader():
    record = json.loads((ROOT / RECORD).read_text(encoding="utf-8"))
    first, *_, last = record["writers"]
    assert first.startswith("0.18.")
    assert last.startswith("0.24.")
    assert len(record["readers"]) >= 17
    assert len(record["outcomes"]) > 80


# -- the package's own tables, on the newest stack

#: Their successors are gone as well; files that name them are refused.
GONE_FOR_GOOD = {"sklearn.neighbors.dist_metrics", "sklearn.neighbors.typedefs"}


@pytest.mark.parametrize("old", moved.MODULES)
def test_moved_module_leads_to_one_that_is_there(old):
    new = old
    while new in moved.MODULES:
        new = moved.MODULES[new]
    assert importlib.util.find_spec(old.rpartition(".")[0]) is not None
    assert (importlib.util.find_spec(new) is None) == (old in GONE_FOR_GOOD)


def test_moved_names_are_found():
    for module, names in moved.NAMES.items():
        assert importlib.util.find_spec(module) is not None
        for name, row in names.items():
            assert not hasattr(importlib.import_module(module), name)
            assert callable(row.get())


def test_tables_do_not_overlap():
    assert not set(paths.NAMES) & set(moved.NAMES)
    assert not set(paths.MODULES) & set(moved.MODULES)


def test_limits_and_pins_are_in_order():
    def key(version):
        return [int(part) for part in re.findall(r"\d+", version)[:2]]

    assert [limit.until for limit in limits.LIMITS] == sorted((each.until for each in limits.LIMITS), key=key)
    assert [pins.sklearn for pins in limits.PINS] == sorted((each.sklearn for each in limits.PINS), key=key)
    minors = {tuple(key(pins.sklearn)) for pins in limits.PINS}
    assert len(minors) == len(limits.PINS)


def test_limits_name_things_as_they_are_called_today():
    for limit in limits.LIMITS:
        for name in limit.names:
            module = name.rstrip(".") if name.endswith(".") else name.rpartition(".")[0]
            assert module not in moved.MODULES
            assert loading._today(f"{module}.x") == f"{module}.x"
