"""`caniuse`: where versions come from, what it says of them, and its exit codes."""

import json

import pytest

from joblib_dask_compat import versions
from joblib_dask_compat.support import records

SHIPPED = records.load()
#: Two that are measured, and so is nothing that has the older one's joblib with the newer one's scikit-learn.
OLD, NEW = min(SHIPPED.working, key=lambda each: each.date + each.combination.cell), SHIPPED.working[-1]


RECORDED = records.Combination("3.9", "1.2.0", "1.2.2", "2023.9.3")


def named(combination, *but):
    return [f"{name}=={version}" for name, version in combination.named.items() if name not in ("python", *but)]


@pytest.mark.parametrize("record", [OLD, NEW], ids=["old", "new"])
def test_recorded(told, record):
    found, code = told("caniuse", *named(record.combination), "--python", record.combination.python)
    assert code == 0
    assert (found["verdict"], found["works"], found["nearest"]) == ("recorded", True, None)
    assert found["combination"] == record.combination.named
    assert found["record"]["cell"] == record.combination.cell
    assert found["record"]["columns"]["compat"]["grid_search"] == {"status": "pass", "reason": ""}


def test_in_words(command_line):
    done = command_line("caniuse", *named(OLD.combination), "--python", OLD.combination.python)
    first, second, *_ = done.stdout.splitlines()
    assert first == f"works: recorded on {OLD.date}"
    assert second.strip() == str(OLD.combination)
    assert done.stderr == ""


def test_some_of_the_axes(told):
    found, code = told("caniuse", f"joblib=={NEW.combination.joblib}", f"distributed=={NEW.combination.distributed}")
    assert (code, found["works"]) == (0, True)
    assert set(found["asked"]) == {"joblib", "distributed"}


def test_sklearn_is_another_name_and_a_range_is_fine(told):
    found, code = told(
        "caniuse", f"sklearn=={NEW.combination.sklearn}", "joblib>=0.11", f"python=={NEW.combination.python}.4"
    )
    assert found["asked"]["scikit-learn"] == f"=={NEW.combination.sklearn}"
    assert found["asked"]["python"] == f"=={NEW.combination.python}"
    assert code == 0


def test_what_cannot_be_installed(told):
    found, code = told("caniuse", "joblib==1.6.0", "--python", "3.8")
    assert (code, found["verdict"], found["works"], found["record"]) == (1, "not-installable", False, None)
    assert found["reasons"] == ["joblib 1.6.0 requires Python >=3.10"]
    assert found["nearest"]["combination"]["python"] == "3.8"


def test_what_an_advisory_speaks_against(told):
    found, code = told("caniuse", "joblib==0.13.2", "scikit-learn==0.24.2", "distributed==2.30.1", "--python", "3.9")
    assert (code, found["verdict"], found["works"]) == (1, "advised-against", False)
    assert found["reasons"][0].startswith("joblib-python-3.8")
    assert [each for each in found["advisories"] if each["holds"] and each["id"] == "joblib-python-3.8"]


def test_distributed_goes_with_one_dask(told, tmp_path):
    asked = ["joblib==1.2.0", "scikit-learn==1.2.2", "distributed==2023.9.3"]
    assert told("caniuse", *asked, "dask==2023.9.3", "--python", "3.9")[1] == 0
    found, code = told("caniuse", *asked, "dask==2024.1.0", "--python", "3.9")
    assert (code, found["verdict"], found["works"]) == (1, "not-installable", False)
    assert found["reasons"] == ["distributed 2023.9.3 requires dask==2023.9.3, not dask==2024.1.0"]
    assert found["companions"] == {"dask": "==2024.1.0"}
    path = tmp_path / "requirements.txt"
    path.write_text("\n".join([*asked, "dask>=2024"]), encoding="utf-8")
    assert told("caniuse", "--requirements", path, "--python", "3.9")[0]["verdict"] == "not-installable"


def test_companions_speak_against_what_was_not_measured(told, command_line):
    asked = ["joblib==1.3.0", "scikit-learn==0.21.3", "distributed==2.9.3", "msgpack==1.0.0"]
    found, code = told("caniuse", *asked)
    assert (code, found["verdict"], found["works"]) == (1, "advised-against", False)
    assert found["reasons"][0].startswith("msgpack-1: ")
    assert command_line("caniuse", *asked).stdout.startswith("does not work: advised-against\n")


def test_companions_speak_against_what_was_measured_with_others(told):
    found, code = told("caniuse", *named(RECORDED), "numpy==2.0.2", "--python", RECORDED.python)
    assert (code, found["verdict"]) == (1, "advised-against")
    assert found["reasons"][0].startswith("numpy-2: ")
    assert found["other_versions"] == [
        {"package": "numpy", "asked": "2.0.2", "recorded": SHIPPED.by_combination[RECORDED].pins["numpy"]}
    ]


def test_companions_that_were_measured_otherwise_are_told(command_line):
    done = command_line("caniuse", *named(NEW.combination), "numpy<1", "--python", NEW.combination.python)
    assert "  measured with numpy {}, not <1\n".format(NEW.pins["numpy"]) in done.stdout


def test_one_of_many_is_said_to_be_one_of_many(told, command_line):
    found, code = told("caniuse", "joblib==1.5.2", "scikit-learn<1.2", "--python", "3.12")
    assert (code, found["verdict"]) == (1, "not-installable")
    assert found["among"] > 1000
    done = command_line("caniuse", "joblib==1.5.2", "scikit-learn<1.2", "--python", "3.12")
    assert done.stdout.splitlines()[
        1
    ] == "  of {:,} combinations that are meant, none is known to work; of one of them:".format(found["among"])
    one, _ = told("caniuse", *named(OLD.combination), "--python", OLD.combination.python)
    assert one["among"] == 1


def test_newer_than_anything(told):
    found, code = told("caniuse", "joblib==99.0", "scikit-learn==1.9.1")
    assert (code, found["verdict"], found["works"], found["combination"]) == (3, "untested", None, None)
    assert found["nearest"]


def test_the_running_environment(told):
    found, code = told("caniuse", "--env")
    assert found["asked"]["joblib"] == f"=={versions().joblib}"
    assert code == {True: 0, False: 1, None: 3}[found["works"]]


def files(record):
    """Each format, with what is in a record, and with one package in another version."""
    pins = {**record.pins, "toolz": "0.0.1"}
    tables = "".join(f'[[package]]\nname = "{name}"\nversion = "{version}"\n' for name, version in pins.items())
    lines = [f"{name}=={version}" for name, version in pins.items()]
    return {
        "requirements.txt": "\n".join(lines),
        "uv.lock": "version = 1\n" + tables,
        "poetry.lock": tables,
        "Pipfile.lock": json.dumps({"default": {name: {"version": f"=={version}"} for name, version in pins.items()}}),
        "environment.yml": "dependencies:\n" + "".join(f"  - {line}\n" for line in lines),
    }


@pytest.mark.parametrize("name", files(NEW))
def test_a_file_of_each_format(told, tmp_path, name):
    path = tmp_path / name
    path.write_text(files(NEW)[name], encoding="utf-8")
    option = "--lock" if name.endswith("lock") else "--requirements"
    found, code = told("caniuse", option, path, "--python", NEW.combination.python)
    assert (code, found["verdict"], found["combination"]) == (0, "recorded", NEW.combination.named)
    assert found["other_versions"] == [{"package": "toolz", "asked": "0.0.1", "recorded": NEW.pins["toolz"]}]


def test_arguments_go_before_a_file(told, tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("joblib==0.11\nscikit-learn==1.9.1", encoding="utf-8")
    found, _ = told("caniuse", "joblib==1.6.0", "--requirements", path)
    assert found["asked"] == {"joblib": "==1.6.0", "scikit-learn": "==1.9.1"}


def test_what_cannot_be_read_of_a_file_is_told_and_does_not_just_work(told, command_line, tmp_path):
    path = tmp_path / "requirements.txt"
    lines = ["joblib @ git+https://example.org/joblib", f"scikit-learn=={NEW.combination.sklearn}", "-e ./own"]
    path.write_text("\n".join(lines), encoding="utf-8")
    found, code = told("caniuse", "--requirements", path)
    assert (code, found["verdict"], found["works"], found["combination"]) == (3, "untested", None, None)
    assert found["nearest"]["combination"]["scikit-learn"] == NEW.combination.sklearn
    assert found["reasons"] == [f"which joblib this is was not read: {lines[0]}"]
    assert [each["what"] for each in found["notes"]] == [lines[0], lines[2]]
    assert f"  {lines[0]}: not read: " in command_line("caniuse", "--requirements", path).stdout
    # named beside the file, it is known
    found, code = told("caniuse", f"joblib=={NEW.combination.joblib}", "--requirements", path)
    assert (code, found["works"]) == (0, True)


def test_what_a_marker_leaves_out_is_told(told, tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text(
        "joblib==1.0 ; python_version < '3.8'\nscikit-learn==1.5.2\nno-part-of-this==1 ; python_version < '3'",
        encoding="utf-8",
    )
    found, _ = told("caniuse", "--requirements", path, "--python", "3.12")
    why = "left out: its marker does not hold on Python 3.12"
    assert found["notes"] == [{"what": "joblib==1.0 ; python_version < '3.8'", "why": why}]


def test_a_lock_answers_for_its_own_python(told, refused, tmp_path):
    path = tmp_path / "uv.lock"
    path.write_text(
        "requires-python = '==3.9.*'\n[[package]]\nname = 'scikit-learn'\nversion = '1.2.2'\n", encoding="utf-8"
    )
    found, _ = told("caniuse", "--lock", path)
    assert found["asked"] == {"python": "==3.9", "scikit-learn": "==1.2.2"}
    assert found["combination"]["python"] == "3.9"
    assert "it is for Python ==3.9.*, not 3.15" in refused("caniuse", "--lock", path, "--python", "3.15")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["joblib==1.0", "joblib==1.1"], "no version of joblib is "),
        (["joblib>=2,<1"], "no version of joblib is "),
        (["joblib==1.0", "python==3.8", "--python", "3.9"], "no version of python is "),
        (["joblib @ https://example.org/joblib-1.0.zip"], "names more than a range of versions"),
        (["pandas==1.0"], "beside them dask, numpy, "),
        (["numpy==1.0"], "you named none of joblib, scikit-learn and distributed"),
        ([], "you named none of joblib, scikit-learn and distributed"),
        (["--python", "3.8"], "you named none of joblib"),
        (["joblib==abc"], "'joblib==abc' is no requirement"),
        (["joblib=1.0"], "'joblib=1.0' is no requirement"),
        (["pandas==1.0"], "'pandas==1.0' is none of the packages"),
        (["python>=3.8", "joblib==1.0.1"], "python>=3.8 names no version of Python"),
        (["joblib==1.0.1", "--python", "three"], "--python 'three' is no version of Python"),
        (["--requirements", "none.txt"], "cannot read none.txt; No such file or directory"),
        (["--lock", "uv.lock"], "cannot read uv.lock; No such file or directory"),
    ],
)
def test_wrong_input(refused, arguments, line):
    assert line in refused("caniuse", *arguments)


@pytest.mark.parametrize("name", files(NEW))
def test_malformed_files(refused, tmp_path, name):
    path = tmp_path / name
    path.write_text("[[ {{ :::", encoding="utf-8")
    assert f"cannot read {path}" in refused("caniuse", "--lock", path)


def test_a_file_that_names_none_of_them(refused, tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("numpy==1.20.3\n", encoding="utf-8")
    assert "names none of joblib" in refused("caniuse", "--requirements", path)
