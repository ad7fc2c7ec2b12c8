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
    assert "With this package: avoided; proved by the behaviour 'grid_search'" in told
    assert "Without this package: python -m pip install 'joblib>=0.15' 'scikit-learn>=0.21'" in told
    assert "Seen in:\n  py3.6-joblib0.13.2-sklearn0.20.4-distributed1.28.1" in told
    assert "https://github.com/joblib/joblib/pull/914" in told


def test_where_nothing_mends_it_there_is_a_remedy(command_line):
    told = command_line("explain", "cve-2022-21797").stdout
    assert "also known as CVE-2022-21797, GHSA-6hrg-qmvc-2xh8, PYSEC-2022-288\n" in told
    assert "With this package: holds\nRemedy: python -m pip install 'joblib>=1.1.1'" in told


def test_what_holds_without_a_companion(command_line):
    told = command_line("explain", "joblib-needs-distutils").stdout
    assert "  joblib <1.3 and Python >=3.12 without setuptools >=66.1\n" in told


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("no-such-advisory", "."),
        ("CVE-2021-42344", "; did you mean cve-2021-42343 or "),
        ("worker-death-hang", "; did you mean worker-death-hangs"),
    ],
)
def test_unknown(command_line, name, meant):
    done = command_line("explain", name)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: There is no advisory {name!r}{meant}")
    assert line.endswith("`joblib-dask-compat explain` lists them all.")
