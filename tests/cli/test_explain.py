"""`explain` and `versions`."""

import pytest

from joblib_dask_compat import advisories, versions


def test_versions(told):
    assert told("versions") == ({"schema_version": 1, "versions": versions()._asdict()}, 0)


def test_all_advisories(told, command_line):
    found, code = told("explain")
    assert code == 0
    assert found["advisories"] == advisories.load()
    here = {each["id"] for each in advisories.applying(versions())}
    marked = {line.split()[1] for line in command_line("explain").stdout.splitlines() if line.startswith("*")}
    assert marked == here


@pytest.mark.parametrize("name", ["cve-2021-42343", "CVE-2021-42343", "GHSA-hwqr-f3v9-hwxr", "pysec-2021-871"])
def test_one_by_any_of_its_names(told, name):
    (found,) = told("explain", name)[0]["advisories"]
    assert found["id"] == "cve-2021-42343"


def test_in_words(command_line):
    told = command_line("explain", "scatter-deadlock").stdout
    assert told.startswith("scatter-deadlock (hang)")
    assert "joblib >=0.12.2,<0.14" in told
    assert "This package's own backend mends it (behaviour 'grid_search')" in told
    assert "https://github.com/joblib/joblib/pull/914" in told


def test_unknown(command_line):
    done = command_line("explain", "no-such-advisory")
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no advisory 'no-such-advisory'" in done.stderr
