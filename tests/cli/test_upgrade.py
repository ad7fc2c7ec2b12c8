"""`upgrade`: steps that lead from one measured combination to the next."""

import pytest

from joblib_dask_compat.support import paths, records

SHIPPED = records.load()
OLD = ["joblib==0.14.1", "scikit-learn==0.20.4", "distributed==2.9.3"]


def test_from_an_old_stack_to_the_newest(told):
    found, code = told("upgrade", "--from", *OLD, "--to", "newest")
    assert (code, found["found"]) == (0, True)
    assert found["from"] == {"python": "3.7", "joblib": "0.14.1", "scikit-learn": "0.20.4", "distributed": "2.9.3"}
    before = found["from"]
    for step in found["steps"]:
        moved = {each["package"]: (each["from"], each["to"]) for each in step["moved"]}
        now = step["combination"]
        assert moved == {name: (before[name], now[name]) for name in now if now[name] != before[name]}
        record = SHIPPED.by_combination[records.Combination(*now.values())]
        assert record.works
        assert step["pins"] == record.pins
        before = now
    assert list(before.values())[1:] == list(paths.newest(SHIPPED))[1:]


def test_a_step_says_what_changes(told):
    found, _ = told("upgrade", "--from", *OLD, "--to", "newest")
    changes = {each["what"]: each for step in found["steps"] for each in step["changes"]}
    gone = changes["sklearn.externals.joblib"]
    assert (gone["kind"], gone["instead"]) == ("gone", "from joblib_dask_compat import joblib")
    ended = [each for step in found["steps"] for each in step["advisories"]["end"]]
    assert {"cve-2021-42343", "cve-2022-21797"} <= set(ended)


def test_in_words(command_line):
    done = command_line("upgrade", "--from", *OLD, "--to", "newest")
    assert done.stderr == ""
    assert done.stdout.startswith("from Python 3.7, joblib 0.14.1, scikit-learn 0.20.4, distributed 2.9.3\n\n1. ")
    assert "pip install" in done.stdout


def test_already_there(told, command_line):
    newest = paths.newest(SHIPPED)
    here = [f"{name}=={version}" for name, version in newest.named.items()]
    found, code = told("upgrade", "--from", *here, "--to", here[1])
    assert (code, found["found"], found["steps"]) == (0, True, [])
    assert "nothing has to move" in command_line("upgrade", "--from", *here, "--to", here[1]).stdout


def test_versions_may_be_spelled_short(told):
    found, _ = told(
        "upgrade", "--from", "python==3.8", "joblib==1.1", "sklearn==1.0", "distributed==2021.6", "--to", "newest"
    )
    assert found["from"] == {"python": "3.8", "joblib": "1.1.0", "scikit-learn": "1.0", "distributed": "2021.6.0"}


def test_from_the_running_environment(told):
    found, _ = told("upgrade", "--to", "newest")
    assert found["from"]["joblib"]


@pytest.mark.parametrize("name", ["no-such-folder/way.png", "way.foo"])
def test_a_picture_that_cannot_be_drawn_is_told_after_the_way(command_line, name):
    done = command_line("upgrade", "--from", *OLD, "--to", "newest", "--plot", name)
    assert done.returncode == 2
    assert done.stdout.startswith("from Python 3.7, joblib 0.14.1")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: cannot draw {name}; ")


def test_no_way(told, command_line):
    # nothing has both, and what is asked for moves joblib back and forth at once
    impossible = ["--from", *OLD, "--to", "joblib==0.11", "scikit-learn==1.9.1"]
    found, code = told("upgrade", *impossible)
    assert (code, found["found"], found["steps"]) == (1, False, [])
    done = command_line("upgrade", *impossible)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("no way: from Python 3.7, joblib 0.14.1")


def test_a_picture(command_line, tmp_path):
    path = tmp_path / "way.png"
    done = command_line("upgrade", "--from", *OLD, "--to", "newest", "--plot", path)
    assert done.returncode == 0, done.stderr
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--to", "joblib==99"], "--to: no joblib ==99 is known (as of "),
        (["--to", "joblib"], "joblib names no version"),
        (["--to", "newest", "--from", "joblib==99"], "--from: no joblib ==99 is known"),
        (
            ["--to", "newest", "--from", "python==3.7", "joblib==99.0", "scikit-learn==0.20.4", "distributed==2.9.3"],
            "--from: no joblib ==99.0 is known",
        ),
        (["--to", "newest", "--from", *OLD, "--python", "3.99"], "--from: no Python ==3.99 is known"),
        (["--to", "newest", "--from", "joblib==1.0", "joblib==1.1"], "no version of joblib is "),
        (["--to", "newest", "--from", "joblib==1.0.1", "--python", "x"], "--python 'x' is no version"),
        (["--to", "numpy==1"], "'numpy==1' is none of the packages"),
    ],
)
def test_wrong_input(refused, arguments, line):
    assert line in refused("upgrade", *arguments)
