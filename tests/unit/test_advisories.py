import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from joblib_dask_compat import advisories, versions
from joblib_dask_compat.copies import Copy
from joblib_dask_compat.versions import Installed

ROOT = Path(__file__).resolve().parents[2]
ADVISORIES = advisories.load()


def test_compiled_file_is_up_to_date():
    command = [sys.executable, str(ROOT / "tools" / "compile_advisories.py"), "--check"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("advisory", ADVISORIES, ids=lambda advisory: advisory["id"])
def test_what_commands_read_of_it_is_there(advisory):
    assert advisory["summary"]
    assert advisory["route"] in ("upstream", "any")
    assert advisory["severity"]
    assert advisory["when"]


def test_an_advisory_holds_in_its_range_only():
    (gone,) = [each for each in ADVISORIES if each["id"] == "itemgetter-removed"]
    inside = versions()._replace(joblib="0.14.1", distributed="2021.6.2")
    assert gone in advisories.applying(inside)
    assert gone not in advisories.applying(inside._replace(joblib="0.15.1"))
    assert gone not in advisories.applying(inside._replace(distributed="2021.6.0"))


@pytest.mark.parametrize(
    ("setuptools", "held"), [("65.0", False), ("81.0.0", False), ("82.0.0", True), ("82.0.0rc1", True), (None, True)]
)
def test_an_advisory_may_hold_where_a_companion_is_missing_or_in_another_range(setuptools, held):
    (needing,) = [each for each in ADVISORIES if each["id"] == "joblib-needs-pkg-resources"]
    assert advisories.holds(needing["when"], SimpleNamespace(joblib="0.14.0", setuptools=setuptools)) is held
    assert not advisories.holds(needing["when"], SimpleNamespace(joblib="0.14.1", setuptools=setuptools))


def test_what_advisories_are_about_is_looked_up():
    assert {name for each in ADVISORIES for table in each["when"] for name in table} <= set(Installed._fields)


@pytest.mark.parametrize("name", ["asynchronous-client", "inner-threads-refused"])
def test_what_this_package_refuses_too_remains(name):
    (refused,) = [each for each in ADVISORIES if each["id"] == name]
    assert advisories.remains(refused)


@pytest.mark.parametrize(
    ("name", "vulnerable", "mended"),
    [
        ("cve-2022-21797", ["0.11", "1.1.0"], ["1.1.1", "1.2.0"]),
        ("cve-2020-28975", ["0.24.2", "1.0"], ["1.0.1", "1.0.2"]),
        ("cve-2026-23528", ["2.0.1", "2025.3.0", "2025.4.0", "2025.9.1", "2025.12.0"],
         ["1.28.1", "2025.3.1", "2025.9.2", "2025.9.3", "2026.1.0", "2026.8.0"]),
        ("dashboard-link-unescaped", ["2.0.1", "2025.3.1", "2025.9.2", "2025.12.0", "2026.1.2", "2026.3.0", "2026.7.0"],
         ["1.28.1", "2025.9.3", "2026.1.3", "2026.7.1", "2026.8.0"]),
    ],
)  # fmt: skip
def test_releases_with_a_fix_of_a_vulnerability(name, vulnerable, mended):
    (advisory,) = [each for each in ADVISORIES if each["id"] == name]
    ((package, _),) = advisory["when"][0].items()
    held = [
        version
        for version in vulnerable + mended
        if advisories.holds(advisory["when"], SimpleNamespace(**{package: version}))
    ]
    assert held == vulnerable


def test_faults_go_by_the_copys_own_version():
    class Vendored(Copy):
        version = "0.13.2"

    here = versions()._replace(joblib="1.6.0", distributed="2021.6.2")
    assert "itemgetter-removed" in advisories.faults(Vendored("sklearn.externals.joblib"), here)
    assert "itemgetter-removed" not in advisories.faults(Copy("joblib"), here)


def test_only_faults_of_upstreams_backend_keep_from_its_route():
    of_upstream = {each["id"] for each in ADVISORIES if each["route"] == "upstream"}
    assert set(advisories.faults(Copy("joblib"), versions())) <= of_upstream
