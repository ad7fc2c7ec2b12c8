"""The command: where it writes, what it says, and its exit codes."""

import json
from pathlib import Path

import jsonschema
import pytest

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "migrate.json"

OLD = "from sklearn.externals import joblib\n"
NEW = "import joblib\n"


@pytest.fixture
def migrate(command_line):
    def run(*arguments):
        return command_line("migrate", *arguments)

    return run


@pytest.fixture
def folder(tmp_path):
    """Two scripts to change, one that is fine, and one with something left alone."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "old.py").write_text(OLD)
    (folder / "old.ipynb").write_text(json.dumps({"cells": [{"cell_type": "code", "source": OLD}]}))
    (folder / "new.py").write_text(NEW)
    (folder / "left.py").write_text(NEW + "joblib.parallel_backend('dask')\n")
    return folder


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_diff_is_the_default_and_writes_nothing(migrate, folder):
    before = contents(folder)
    done = migrate(folder)
    assert done.returncode == 0
    assert f"+++ b{folder}/old.py" in done.stdout
    assert f"+++ b{folder}/old.ipynb" in done.stdout
    assert migrate(folder, "--diff").stdout == done.stdout
    assert contents(folder) == before


def test_talk_is_on_standard_error(migrate, folder):
    done = migrate("--check", folder)
    assert done.stdout.splitlines() == [str(folder / "old.ipynb"), str(folder / "old.py")]
    note, summary = done.stderr.splitlines()
    assert note.startswith(f"{folder / 'left.py'}:2: left alone: ")
    assert summary == "4 read, 2 would change, 0 with errors"


def test_check_finds(migrate, folder):
    before = contents(folder)
    assert migrate("--check", folder).returncode == 1
    assert contents(folder) == before
    assert migrate("--check", folder / "new.py", folder / "left.py").returncode == 0


def test_write_and_then_nothing_is_left_to_do(migrate, folder):
    done = migrate("--write", folder)
    assert done.returncode == 0
    assert not done.stdout
    assert contents(folder)["old.py"] == NEW
    assert migrate("--check", folder).returncode == 0


def test_an_error_of_one_file_and_the_rest_is_done(migrate, folder):
    (folder / "broken.py").write_text(OLD + "x = (\n")
    (folder / "locked.py").write_text(OLD)
    (folder / "locked.py").chmod(0o444)
    done = migrate("--write", folder, folder / "missing.py")
    assert done.returncode == 2
    assert f"{folder / 'broken.py'}: error: " in done.stderr
    assert f"{folder / 'locked.py'}: error: read-only" in done.stderr
    assert f"{folder / 'missing.py'}: error: No such file or directory" in done.stderr
    assert done.stderr.endswith("7 read, 2 changed, 3 with errors\n")
    assert contents(folder)["old.py"] == NEW
    assert contents(folder)["broken.py"] == OLD + "x = (\n"
    assert contents(folder)["locked.py"] == OLD


def test_spelling(migrate, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import joblib\nwith joblib.parallel_backend('distributed'):\n    pass\n")
    assert "+with parallel_backend('dask'):" in migrate(script).stdout
    assert "+with joblib.parallel_backend('dask'):" in migrate(script, "--to", "upstream").stdout


@pytest.mark.parametrize("mode", ["--diff", "--check", "--write"])
def test_json_is_as_its_schema_says(migrate, folder, mode):
    (folder / "broken.py").write_text(OLD + "x = (\n")
    told = json.loads(migrate(folder, mode, "--format", "json").stdout)
    jsonschema.validate(told, json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_json(migrate, folder):
    (folder / "broken.py").write_text(OLD + "x = (\n")
    done = migrate(folder, "--format", "json")
    told = json.loads(done.stdout)
    assert done.returncode == 2
    assert (told["schema_version"], told["to"], told["mode"]) == (1, "compat", "diff")
    by_name = {each["path"].rpartition("/")[2]: each for each in told["files"]}
    assert {name: each["status"] for name, each in by_name.items()} == {
        "broken.py": "error",
        "left.py": "unchanged",
        "new.py": "unchanged",
        "old.ipynb": "would change",
        "old.py": "would change",
    }
    assert by_name["old.py"]["diff"].endswith(f"-{OLD}+{NEW}")
    assert by_name["left.py"]["notes"][0]["line"] == 2
    assert "never closed" in by_name["broken.py"]["error"]


@pytest.mark.parametrize("arguments", [(), ("--write", "--check", "x.py"), ("--to", "nowhere", "x.py")])
def test_wrong_usage(migrate, arguments):
    done = migrate(*arguments)
    assert done.returncode == 2
    assert "usage" in done.stderr


def test_without_libcst(fresh_python, tmp_path):
    done = fresh_python(
        """
        import sys

        sys.modules["libcst"] = None
        from joblib_dask_compat.cli import main

        sys.exit(main(["migrate", "script.py"]))
        """,
        check=False,
    )
    assert done.returncode == 2
    assert [line.strip().partition(":")[0] for line in done.stderr.splitlines()] == [
        "error",
        "Why",
        "What to do",
        "Read more",
    ]
    assert "joblib-dask-compat[migrate]" in done.stderr


def test_other_commands_do_not_import_libcst(fresh_python):
    fresh_python(
        """
        import sys

        from joblib_dask_compat.cli import main

        assert main(["versions"]) == 0
        assert "libcst" not in sys.modules
        """
    )
