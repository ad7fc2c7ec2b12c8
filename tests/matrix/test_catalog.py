"""Every promise has a file, and its flags are read without running it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

import catalog

# What a block promises; a name that goes from here is a promise taken back.
PROMISED = {
    "auto_scatter",
    "bare_workers",
    "cancel",
    "clean",
    "closures",
    "config",
    "exception",
    "generator",
    "grid_search",
    "killed_worker",
    "loopback",
    "many_small",
    "n_jobs",
    "nested",
    "no_workers",
    "one_thread",
    "pandas",
    "scatter",
    "scheduler_lost",
    "seed_snippet",
    "threads",
    "unpicklable",
    "warnings",
}
FLAGS = {"ISOLATED", "CORE", "LAST", "LIMIT"}
PATHS = sorted(path for path in catalog.FOLDER.glob("*.py") if not path.stem.startswith("_"))
LONGEST = 60  # seconds: a sweep must end

Write = Callable[[str, str], Path]


def test_every_promise_has_a_file() -> None:
    assert set(catalog.behaviours()) == PROMISED


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_behaviour_states_its_promise(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert docstring.splitlines()[0].endswith(".")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_check_takes_the_stage(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    (check,) = (node for node in body if isinstance(node, ast.FunctionDef) and node.name == "check")
    assert [argument.arg for argument in check.args.args] == ["stage"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_flags_are_plain_assignments(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    plain = [node for node in tree.body if isinstance(node, ast.Assign)]
    assigned = [target.id for node in plain for target in node.targets if isinstance(target, ast.Name)]
    mentioned = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in FLAGS]
    assert sorted(mentioned) == sorted(FLAGS.intersection(assigned)), "catalog.py would not see this flag"


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_limits_are_sane(name: str) -> None:
    behaviour = catalog.behaviours()[name]
    assert {type(behaviour.isolated), type(behaviour.core), type(behaviour.last)} == {bool}
    assert isinstance(behaviour.limit, (int, float))
    assert 15 <= behaviour.limit <= LONGEST


def test_sets_are_neither_empty_nor_everything() -> None:
    everything = {each.name for each in catalog.select("all")}
    assert everything == PROMISED
    for name in ("core", "quick"):
        assert set() < {each.name for each in catalog.select(name)} < everything
    assert {"grid_search", "nested", "killed_worker", "seed_snippet"} <= {each.name for each in catalog.select("core")}
    assert "unpicklable" in {each.name for each in catalog.select("quick")}


def test_names_are_selected_in_the_order_of_names() -> None:
    assert [each.name for each in catalog.select("threads,clean,")] == ["clean", "threads"]
    with pytest.raises(ValueError, match="no such behaviour: nestled"):
        catalog.select("clean,nestled")


def test_flags_are_read_without_running_the_file(promises: Write) -> None:
    promises("plain", "raise SystemExit('this was run')\n\n\ndef check(stage):\n    pass\n")
    promises(
        "marked",
        '"""It is kept.\n\nMore."""\nimport numpie\n\nISOLATED = True\nCORE = True\nLIMIT = 45\n'
        "\n\ndef check(stage):\n    pass\n",
    )
    assert catalog.behaviours() == {
        "marked": catalog.Behaviour("marked", isolated=True, core=True, limit=45, promise="It is kept."),
        "plain": catalog.Behaviour("plain", isolated=False, core=False, limit=15),
    }


def test_helpers_are_no_behaviours(promises: Write) -> None:
    promises("_helper", "")
    assert catalog.behaviours() == {}


@pytest.mark.parametrize("text", ["", "class check:\n    pass\n", "def checks(stage):\n    pass\n", "LIMIT = 3\n"])
def test_file_without_a_check_is_an_error(text: str, promises: Write) -> None:
    promises("empty", text)
    with pytest.raises(ValueError, match=r"behaviours/empty\.py has no check"):
        catalog.behaviours()


def test_flag_that_must_be_computed_is_an_error(promises: Write) -> None:
    promises("clever", "LIMIT = 3 * minutes\n\n\ndef check(stage):\n    pass\n")
    with pytest.raises(ValueError, match="malformed"):
        catalog.behaviours()


@pytest.mark.parametrize(
    ("line", "flags"),
    [
        ("LIMIT: float = 45", {"limit": 45}),
        ("ISOLATED = CORE = True", {"isolated": True, "core": True}),
        ("CALLS = 15", {}),
    ],
)
def test_flag_is_seen_however_it_is_assigned(line: str, flags: dict[str, object], promises: Write) -> None:
    promises("own", f"{line}\n\n\ndef check(stage):\n    limit = 3\n")
    assert catalog.behaviours() == {"own": catalog.Behaviour("own", **flags)}


@pytest.mark.parametrize(
    "line",
    [
        "ISOLTED = True",
        "LIMITS = 45",
        "limit = 45",
        "_CORE = True",
        "LIMIT: float",
        "LIMIT = 20\nLIMIT += 25",
        "ISOLATED, CORE = True, True",
        "if True:\n    CORE = True",
        "CORE = 1",
        "ISOLATED = 'yes'",
        "LIMIT = True",
        "LIMIT = '45'",
        "LIMIT = -1",
    ],
)
def test_flag_that_would_not_be_heeded_is_an_error(line: str, promises: Write) -> None:
    promises("careless", f"{line}\n\n\ndef check(stage):\n    pass\n")
    with pytest.raises(ValueError, match=r"behaviours/careless\.py: "):
        catalog.behaviours()
