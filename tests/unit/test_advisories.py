import subprocess
import sys
from pathlib import Path

import pytest

from joblib_dask_compat import advisories, versions
from joblib_dask_compat.copies import Copy

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


def test_faults_go_by_the_copys_own_version():
    class Vendored(Copy):
        version = "0.13.2"

    here = versions()._replace(joblib="1.6.0", distributed="2021.6.2")
    assert "itemgetter-removed" in advisories.faults(Vendored("sklearn.externals.joblib"), here)
    assert "itemgetter-removed" not in advisories.faults(Copy("joblib"), here)


def test_only_faults_of_upstreams_backend_keep_from_its_route():
    of_upstream = {each["id"] for each in ADVISORIES if each["route"] == "upstream"}
    assert set(advisories.faults(Copy("joblib"), versions())) <= of_upstream
