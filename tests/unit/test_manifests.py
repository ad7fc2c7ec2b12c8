"""Files that name versions: what each format says, and one clear line where it is broken."""

import json
import re
import sys

import pytest

from joblib_dask_compat import manifests
from joblib_dask_compat.errors import InputError

HASHED = """\
# made by pip-compile
--index-url https://index.example.org/simple
joblib==1.0.1 \\
    --hash=sha256:9c17567692206d2f3fb9ecf5e991084254fe631665c450b443761c4186a613f7 \\
    --hash=sha256:feeb1ec69c4d45129954f1b7034954241eedfd6ba39b5e9e4b6883be3332d5e5
    # via scikit-learn
scikit_learn==1.0.2 ; python_version < "3.10"
scikit-learn==1.7.2 ; python_version >= "3.10"
distributed[diagnostics]>=2021.6,<2022  # a range
-e git+https://example.org/own.git#egg=own
./local-folder
https://example.org/some-1.0-py3-none-any.whl
wheels/other-2.0-py3-none-any.whl
Dask @ https://example.org/dask-2021.6.2.tar.gz#sha256=00
"""

UV = """\
version = 1
requires-python = ">=3.8"

[[package]]
name = "joblib"
version = "1.4.2"
source = { registry = "https://pypi.org/simple" }
resolution-markers = ["python_full_version < '3.9'"]

[[package]]
name = "joblib"
version = "1.5.3"
source = { registry = "https://pypi.org/simple" }
resolution-markers = ["python_full_version >= '3.9' and python_full_version < '3.10'", "python_full_version >= '3.10'"]

[[package]]
name = "distributed"
version = "2023.5.0"

[[package]]
name = "own-project"
source = { editable = "." }
"""

POETRY = """\
[[package]]
name = "joblib"
version = "1.2.0"
description = "Lightweight pipelining"
optional = false
python-versions = ">=3.7"

[[package]]
name = "scikit-learn"
version = "1.0.2"
markers = "python_version < \\"3.8\\""

[[package]]
name = "scikit-learn"
version = "1.3.2"
markers = {main = "python_version >= \\"3.8\\""}

[metadata]
lock-version = "2.1"
python-versions = "^3.7"
"""

PYLOCK = """\
lock-version = "1.0"
created-by = "pip"

[[packages]]
name = "joblib"
version = "1.5.3"

[[packages]]
name = "scikit-learn"
version = "1.7.2"
marker = "python_version >= '3.10'"
"""

PIPFILE = {
    "_meta": {"requires": {"python_version": "3.8"}},
    "default": {
        "joblib": {"version": "==1.0.1", "hashes": []},
        "distributed": {"version": "==2021.6.2", "markers": "python_version >= '3.7'"},
        "pywin32": {"version": "==300", "markers": "sys_platform == 'win32'"},
        "own": {"path": "."},
    },
    "develop": {"joblib": {"version": "==9"}},
}

ENVIRONMENT = """\
name: old
channels: [conda-forge]
dependencies:
  - python=3.8.12
  - conda-forge::scikit-learn=1.0.2=py38h_0
  - joblib >=1.0,<1.1
  - dask=2021.6.2
  - numpy
  - pip
  - pip:
      - tornado==6.1 ; python_version < "3.10"
"""

RUNNING = "{}.{}".format(*sys.version_info)


@pytest.fixture
def manifest(tmp_path):
    """Return a function that writes a file and reads it."""

    def written(name, content, python=None):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return manifests.read(str(path), python)

    return written


@pytest.fixture
def read(manifest):
    """Return a function that writes a file and returns the ranges in it, as text."""

    def written(name, content, python=None):
        return {package: str(ranges) for package, ranges in manifest(name, content, python).ranges.items()}

    return written


@pytest.fixture
def noted(manifest):
    """Return a function that writes a file and returns what it tells of packages beside the ranges."""

    def written(name, content, python=None):
        found = manifest(name, content, python)
        return {each.package: each.why for each in (*found.notes, *found.left_out)}

    return written


def test_requirements(read):
    found = read("requirements.txt", HASHED, "3.8")
    assert found["joblib"] == "==1.0.1"
    assert found["scikit-learn"] == "==1.0.2"
    assert set(found["distributed"].split(",")) == {">=2021.6", "<2022"}
    assert (found["dask"], found["some"], found["other"]) == ("==2021.6.2", "==1.0", "==2.0")
    assert set(found) == {"joblib", "scikit-learn", "distributed", "dask", "some", "other"}


def test_markers_go_by_the_python_that_is_asked_about(read):
    assert read("requirements.txt", HASHED, "3.12")["scikit-learn"] == "==1.7.2"
    assert read("requirements.txt", HASHED)["scikit-learn"] == ("==1.0.2" if sys.version_info < (3, 10) else "==1.7.2")


def test_what_is_read_for_the_running_python_is_for_that_one(manifest):
    found = manifest("requirements.txt", HASHED)
    assert str(found.ranges["python"]) == f"=={RUNNING}"
    assert [each.why for each in found.notes if each.what == "markers"] == [
        f"read for Python {RUNNING}, the running one; --python names another"
    ]
    assert "python" not in manifest("requirements.txt", HASHED, "3.8").ranges
    assert "python" not in manifest("requirements.txt", "joblib==1.0.1 ; sys_platform != 'x'").ranges


def test_what_a_marker_leaves_out_is_told(manifest):
    found = manifest("requirements.txt", 'joblib==1.0.1 ; python_version < "3.8"\nscikit-learn==1.5.2', "3.12")
    assert "joblib" not in found.ranges
    (left,) = found.left_out
    assert (left.package, left.what) == ("joblib", 'joblib==1.0.1 ; python_version < "3.8"')
    assert left.why == "left out: its marker does not hold on Python 3.12"
    assert not found.notes


def test_what_another_line_has_after_all_is_not_left_out(manifest):
    assert not manifest("requirements.txt", HASHED, "3.8").left_out


LINKS = [
    ("joblib @ git+https://github.com/joblib/joblib@main", "joblib"),
    ("joblib @ file:///builds/joblib", "joblib"),
    ("joblib @ https://example.org/other-1.0-py3-none-any.whl", "joblib"),
    ("git+https://github.com/joblib/joblib.git@feature/branch", "joblib"),
    ("https://github.com/scikit-learn/scikit-learn/archive/refs/heads/main.zip", "scikit-learn"),
    ("https://github.com/dask/distributed/archive/2024.1.0.tar.gz", "distributed"),
    ("-e git+https://example.org/fork.git#egg=joblib", "joblib"),
    ("-e git+https://example.org/fork.git#subdirectory=python&egg=Scikit_Learn", "scikit-learn"),
    ("--editable=../scikit-learn/", "scikit-learn"),
    ("./joblib ; python_version >= '3.6'", "joblib"),
    ("/builds/joblib", "joblib"),
    ("joblib-dev-latest.zip", None),
    ("-e .", None),
    (".[all]", None),
    ("./a folder/", None),
    ("git+https://github.com/dask/dask-ml", None),
]


@pytest.mark.parametrize(("line", "package"), LINKS)
def test_links_are_told_and_not_any_version(manifest, line, package):
    found = manifest("requirements.txt", line, "3.8")
    assert not found.ranges
    (note,) = found.notes
    assert (note.what, note.package) == (line, package)
    assert note.why.startswith("not read: ")


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("https://example.org/joblib-1.2.0-py3-none-any.whl", "==1.2.0"),
        ("joblib @ https://example.org/a/joblib-1.2.0-py3-none-any.whl#sha256=00", "==1.2.0"),
        ("./wheels/joblib-1.2.0-1-py3-none-any.whl", "==1.2.0"),
        ("joblib @ https://example.org/joblib-1.2.0%2Blocal-py3-none-any.whl", "==1.2.0+local"),
        ("sdist/joblib-1.2.0.tar.gz ; python_version > '3'", "==1.2.0"),
    ],
)
def test_files_named_after_a_version_are_that_version(read, line, version):
    assert read("requirements.txt", line, "3.8") == {"joblib": version}


def test_requirements_that_include_others(read, tmp_path):
    (tmp_path / "more.txt").write_text("distributed<2022\n", encoding="utf-8")
    found = read("constraints.txt", "-r more.txt\n-c more.txt\ndistributed>=2021\njoblib==1.0.1")
    assert set(found["distributed"].split(",")) == {">=2021", "<2022"}
    assert found["joblib"] == "==1.0.1"


def test_uv_lock(read):
    assert read("uv.lock", UV, "3.8")["joblib"] == "==1.4.2"
    assert read("uv.lock", UV, "3.12") == {"joblib": "==1.5.3", "distributed": "==2023.5.0", "python": ">=3.8"}


def test_lock_with_several_versions_asks_for_the_python(read):
    with pytest.raises(InputError, match=r"joblib 1\.4\.2 and 1\.5\.3.*--python"):
        read("uv.lock", UV)


def test_lock_for_one_python_is_read_for_it(read):
    found = read("uv.lock", UV.replace(">=3.8", "==3.9.*"))
    assert (found["python"], found["joblib"]) == ("==3.9", "==1.5.3")


PYTHONS = {
    "uv.lock": "requires-python = '{}'\n[[package]]\nname = 'joblib'\nversion = '1.2.0'\n",
    "pylock.toml": "requires-python = '{}'\n[[packages]]\nname = 'joblib'\nversion = '1.2.0'\n",
    "poetry.lock": "[[package]]\nname = 'joblib'\nversion = '1.2.0'\n[metadata]\npython-versions = '{}'\n",
}


@pytest.mark.parametrize("name", PYTHONS)
def test_a_lock_is_for_the_pythons_that_it_names(read, name):
    content = PYTHONS[name].format(">=3.9.1,<3.12")
    assert set(read(name, content)["python"].split(",")) == {">=3.9", "<3.12"}
    assert read(name, content, "3.11")["joblib"] == "==1.2.0"
    with pytest.raises(InputError, match=r"it is for Python .*3\.12.*, not 3\.15"):
        read(name, content, "3.15")


@pytest.mark.parametrize(
    ("poetry", "minors"),
    [
        ("^3.7", ">=3.7,<4"),
        ("^3.7.1", ">=3.7,<4"),
        ("~3.9", ">=3.9,<3.10"),
        ("~3", ">=3,<4"),
        ("~=3.9", ">=3.9,==3.*"),
        (">=3.8 <3.11", ">=3.8,<3.11"),
        (">= 3.8, < 3.11", ">=3.8,<3.11"),
        ("3.9.*", "==3.9"),
        ("3.9", "==3.9"),
        ("*", "any"),
    ],
)
def test_poetrys_spellings(read, poetry, minors):
    found = read("poetry.lock", PYTHONS["poetry.lock"].format(poetry)).get("python", "any")
    assert set(found.split(",")) == set(minors.split(","))


def test_pythons_of_several_ranges_are_told(noted):
    assert noted("poetry.lock", PYTHONS["poetry.lock"].format("^2.7 || ^3.7")) == {
        None: "not read: it is no single range"
    }


def test_poetry_lock(read):
    assert read("poetry.lock", POETRY, "3.7")["scikit-learn"] == "==1.0.2"
    assert read("poetry.lock", POETRY, "3.9")["scikit-learn"] == "==1.3.2"
    assert read("poetry.lock", POETRY, "3.9")["joblib"] == "==1.2.0"


def test_packages_of_a_lock_that_are_left_out_or_have_no_version_are_told(noted):
    assert noted("uv.lock", UV, "3.12") == {"own-project": "not read: it has no version, only where it is from"}
    assert noted("pylock.toml", PYLOCK, "3.9") == {"scikit-learn": "left out: its marker does not hold on Python 3.9"}
    found = noted("Pipfile.lock", {"default": {"joblib": {"git": "https://example.org/joblib", "ref": "0"}}})
    assert found["joblib"].startswith("not read")


def test_pylock(read):
    assert read("pylock.toml", PYLOCK, "3.12") == {"joblib": "==1.5.3", "scikit-learn": "==1.7.2"}
    assert read("pylock.dev.toml", PYLOCK, "3.9") == {"joblib": "==1.5.3"}


def test_pipfile_lock(read):
    found = read("Pipfile.lock", PIPFILE)
    assert found == {"python": "==3.8", "joblib": "==1.0.1", "distributed": "==2021.6.2"}


def test_environment(read):
    found = read("environment.yml", ENVIRONMENT)
    assert found["python"] == "==3.8"
    assert found["scikit-learn"] == "==1.0.2"
    assert set(found["joblib"].split(",")) == {">=1.0", "<1.1"}
    assert found["tornado"] == "==6.1"
    assert found["distributed"] == found["dask"] == "==2021.6.2.*"


def test_environment_whose_pip_reads_another_file(read, noted, tmp_path):
    content = "dependencies: [python=3.8, {pip: [-r extra.txt, -e ./joblib]}]\n"
    with pytest.raises(InputError, match=r"extra\.txt: No such file"):
        read("environment.yml", content)
    (tmp_path / "extra.txt").write_text("scikit-learn==1.0.2\n", encoding="utf-8")
    assert read("environment.yml", content) == {"python": "==3.8", "scikit-learn": "==1.0.2"}
    assert set(noted("environment.yml", content)) == {"joblib"}


def test_markers_go_by_the_python_of_an_environment(read, noted):
    content = """dependencies: [{pip: ["joblib==1.0.1 ; python_version < '3.8'"]}, "python=3.12"]\n"""
    assert read("environment.yml", content) == {"python": "==3.12"}
    assert noted("environment.yml", content) == {"joblib": "left out: its marker does not hold on Python 3.12"}


def test_condas_old_dask_brings_no_exact_distributed(read):
    assert "distributed" not in read("environment.yaml", "dependencies: [dask=2.30, joblib=0.17]")


@pytest.mark.parametrize(
    ("conda", "pep440"),
    [
        ("joblib", ""),
        ("joblib=1.0", "==1.0.*"),
        ("joblib=1.0.*", "==1.0.*"),
        ("joblib 1.0.*", "==1.0.*"),
        ("joblib==1.0.1", "==1.0.1"),
        ("joblib 1.0.1", "==1.0.1"),
        ("joblib 1.0.1 pyhd8ed1ab_0", "==1.0.1"),
        ("joblib=1.0.1=pyhd8ed1ab_0", "==1.0.1"),
        ("conda-forge/noarch::joblib=1", "==1.*"),
        ("joblib[version='>=1.0']", ">=1.0"),
        ('joblib[channel=defaults, version=">=1.0"]', ">=1.0"),
    ],
)
def test_condas_spellings(read, conda, pep440):
    assert read("environment.yml", json.dumps({"dependencies": [conda]}))["joblib"] == pep440


@pytest.mark.parametrize(
    ("conda", "minors"),
    [
        ("python=3.8", "==3.8"),
        ("python 3.8.18", "==3.8"),
        ("python>=3.8.1,<3.11", "<3.11,>=3.8"),
        ("python<3.8.5", "<=3.8"),
        ("python<3.8.0", "<3.8"),
        ("python>3.8", ">=3.8"),
        ("python>=3.8,!=3.9.7,!=3.10.*", "!=3.10,>=3.8"),
        ("python~=3.8.2", "==3.8"),
        ("python=3", "==3.*"),
    ],
)
def test_pythons_are_minor_versions(read, conda, minors):
    found = read("environment.yml", json.dumps({"dependencies": [conda]}))["python"]
    assert set(found.split(",")) == set(minors.split(","))


BROKEN = [
    ("requirements.txt", "joblib==1.0.1\n\njoblib==abc\n", "line 3: 'joblib==abc'"),
    ("requirements.txt", "joblib = 1.0\n", "line 1: 'joblib = 1.0'"),
    ("requirements.txt", "joblib==1 \\\n  ; python_version <\n", "line 1: "),
    ("requirements.txt", "-r none.txt\n", r"line 1: .*none.txt: No such file"),
    ("uv.lock", "[[package\n", "uv.lock"),
    ("uv.lock", "version = 1\n", r"no list \[\[package\]\]"),
    ("uv.lock", "package = 1\n", r"no list \[\[package\]\]"),
    ("uv.lock", "[[package]]\nversion = '1'\n", "has no name"),
    ("poetry.lock", "[[package]]\nname = 'joblib'\nversion = 'abc'\n", "'==abc' is no range"),
    ("pylock.toml", "[[package]]\nname = 'joblib'\n", r"no list \[\[packages\]\]"),
    ("Pipfile.lock", "{", "Expecting"),
    ("Pipfile.lock", "[]", 'no "default" packages'),
    ("Pipfile.lock", '{"default": {"joblib": "==1"}}', "'joblib' is no table"),
    ("Pipfile.lock", '{"default": {"joblib": {"version": "==x"}}}', "'==x' is no range"),
    ("Pipfile.lock", "[" * 100000, "recursion"),
    ("environment.yml", "dependencies: [joblib\n", "environment.yml"),
    ("environment.yml", "- joblib\n", "no dependencies"),
    ("environment.yml", "name: x\n", "no list dependencies"),
    ("environment.yml", "dependencies: [1]\n", "no list dependencies"),
    ("environment.yml", "dependencies: [{pip: joblib}]\n", "no list pip"),
    ("environment.yml", "dependencies: [joblib=1|2]\n", "no package of conda"),
    ("environment.yml", "dependencies: [joblib=abc]\n", "is no range"),
    ("requirements.txt", "joblib==1.0\njoblib==1.1\n", r"no version of joblib is ==1.0,==1.1"),
    ("environment.yml", "dependencies: ['joblib>=2,<1']\n", r"no version of joblib is (<1,>=2|>=2,<1)"),
]


@pytest.mark.parametrize(("name", "content", "told"), BROKEN)
def test_broken_files_give_one_clear_line(read, name, content, told):
    with pytest.raises(InputError) as caught:
        read(name, content)
    line = str(caught.value)
    assert "\n" not in line
    assert name in line
    assert re.search(told, line), line


def test_last_line_that_would_go_on_is_read(read):
    assert read("requirements.txt", "joblib==1.0.1\\") == {"joblib": "==1.0.1"}


def test_requirements_that_include_themselves_say_so(read, tmp_path):
    (tmp_path / "more.txt").write_text("-r ./requirements.txt\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"line 1: .*line 1: .*requirements\.txt includes itself"):
        read("requirements.txt", "-r more.txt\n")


def test_included_file_that_is_not_utf8_is_the_one_named(read, tmp_path):
    (tmp_path / "more.txt").write_bytes(b"joblib==1.0.1 \xff")
    with pytest.raises(InputError, match=r"line 1: .*more\.txt: it is not UTF-8"):
        read("requirements.txt", "-r more.txt\n")


@pytest.mark.parametrize("name", ["requirements.txt", "uv.lock", "poetry.lock", "Pipfile.lock", "environment.yml"])
def test_unreadable_files_give_one_clear_line(tmp_path, name):
    path = tmp_path / name
    with pytest.raises(InputError, match="No such file"):
        manifests.read(str(path))
    path.write_bytes(b"joblib==1.0.1 \xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        manifests.read(str(path))
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match="directory"):
        manifests.read(str(path))


@pytest.mark.parametrize(
    ("name", "content", "modules", "package"),
    [("uv.lock", UV, ["tomllib", "tomli"], "tomli"), ("environment.yml", ENVIRONMENT, ["yaml"], "pyyaml")],
)
def test_what_is_missing_to_read_a_file_is_named(read, monkeypatch, name, content, modules, package):
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)  # as if it were not installed
    with pytest.raises(InputError, match=f"python -m pip install {package}"):
        read(name, content)


def test_what_is_installed_and_broken_is_not_called_missing(read, monkeypatch, tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "yaml.py").write_text("import a_module_that_is_gone")
    monkeypatch.syspath_prepend(str(tmp_path / "broken"))
    monkeypatch.delitem(sys.modules, "yaml", raising=False)
    with pytest.raises(InputError, match="yaml, which fails to import: No module named 'a_module_that_is_gone'"):
        read("environment.yml", ENVIRONMENT)


@pytest.mark.parametrize(
    "ranges", ["==1.0,==1.1", ">=2,<1", "==1.0,!=1.0", "==1.0.*,>=1.1", ">1,<1", "~=1.4.2,<1.4", "<0"]
)
def test_ranges_that_hold_nothing(ranges):
    assert manifests.contradictory(manifests.specifiers(ranges))


@pytest.mark.parametrize(
    "ranges", ["", "==1.0,==1.0.0", ">1,<1.1", "!=1.0", "==1.0.*,!=1.0", "~=1.4,<2", "<1", "===1.0", ">=1.0rc1,<1.0.1"]
)
def test_ranges_that_hold_something(ranges):
    assert not manifests.contradictory(manifests.specifiers(ranges))


def test_the_running_environment_is_one_too():
    found = manifests.environment()
    assert str(found["python"]) == "=={}.{}".format(*sys.version_info)
    assert re.fullmatch(r"==\d\S+", str(found["joblib"]))
    assert re.fullmatch(r"==\d\S+", str(found["scikit-learn"]))
