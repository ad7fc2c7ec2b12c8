"""How differences in versions are judged; the asking is tested on real clusters, in tests/cluster and tests/skew."""

import pytest

from joblib_dask_compat import skew, versions

HERE = versions()._replace(
    python="3.11.7", joblib="1.4.2", sklearn="1.4.2", dask="2024.6.2", distributed="2024.6.2", numpy="1.26.4"
)
SAME = dict(HERE._asdict())
ADDRESS = "tcp://127.0.0.1:8786"


def found(upstream=False, **places):
    there = {place: {**SAME, **changed} for place, changed in places.items()}
    return list(skew.compare(HERE, there, ADDRESS, upstream))


def test_the_same_everywhere_is_no_finding():
    assert found(a={}, b={}, scheduler={}) == []


@pytest.mark.parametrize(
    ("changed", "severity", "fix"),
    [
        ({"python": "3.12.1"}, "error", f"python3.11 -m distributed.cli.dask_worker {ADDRESS}"),
        ({"python": "3.11.9"}, "warning", f"python3.11 -m distributed.cli.dask_worker {ADDRESS}"),
        ({"sklearn": "1.4.0"}, "warning", "python -m pip install scikit-learn==1.4.2"),
        ({"sklearn": "1.2.0"}, "error", "python -m pip install scikit-learn==1.4.2"),
        ({"sklearn": "0.23.2"}, "error", "python -m pip install scikit-learn==1.4.2"),
        ({"joblib": "1.3.2"}, "warning", "python -m pip install joblib==1.4.2"),
        ({"joblib": None}, "warning", "python -m pip install joblib==1.4.2"),
        ({"numpy": "2.1.0"}, "warning", "python -m pip install numpy==1.26.4"),
        ({"dask": "2024.7.0"}, "warning", "python -m pip install dask==2024.6.2"),
        ({"distributed": "2024.7.0"}, "warning", "python -m pip install distributed==2024.6.2"),
        ({"cloudpickle": "0.1"}, "warning", "python -m pip install cloudpickle=="),
        ({"compat": "99.0"}, "note", "python -m pip install joblib-dask-compat=="),
    ],
)
def test_each_package(changed, severity, fix):
    (finding,) = found(a=changed, b={}, scheduler={})
    (package, version) = changed.popitem()
    assert finding.severity == severity
    assert finding.package == skew.DISTRIBUTIONS.get(package, package)
    assert finding.there == {version or "not installed": ["a"]}
    assert finding.fix.startswith(fix)
    assert finding.here in str(finding)
    assert finding.why in str(finding)


def test_numpy_2_cannot_be_read_by_numpy_before_1_26_1():
    (finding,) = skew.compare(HERE._replace(numpy="2.0.0"), {"a": {**SAME, "numpy": "1.25.2"}}, ADDRESS, False)
    assert (finding.severity, "24906" in finding.why) == ("error", True)
    (finding,) = skew.compare(HERE._replace(numpy="2.0.0"), {"a": {**SAME, "numpy": "1.26.4"}}, ADDRESS, False)
    assert finding.severity == "warning"


@pytest.mark.parametrize(
    ("mine", "theirs", "upstream"),
    [
        ("1.4.2", "1.3.2", "error"),
        ("1.3.2", "1.4.2", "warning"),
        ("0.17.0", "0.14.1", "error"),
        ("1.6.0", "1.5.3", "warning"),
    ],
)
def test_joblibs_that_break_break_upstreams_backend_only(mine, theirs, upstream):
    there = {"a": {**SAME, "joblib": theirs}}
    for route, severity in ((False, "warning"), (True, upstream)):
        (finding,) = skew.compare(HERE._replace(joblib=mine), there, ADDRESS, route)
        assert finding.severity == severity


def test_the_scheduler_runs_no_tasks_and_workers_need_nothing_of_ours():
    assert found(scheduler={"joblib": None, "sklearn": None, "compat": None}, a={"compat": None}) == []
    (finding,) = found(scheduler={"python": "3.12.1"})
    assert finding.severity == "error"


def test_what_could_not_be_asked_is_not_compared():
    told = {name: SAME[name] for name in ("python", "dask", "distributed", "numpy")}
    assert list(skew.compare(HERE, {"scheduler": told}, ADDRESS, False)) == []


def test_errors_come_first_and_places_are_gathered():
    findings = found(
        a={"joblib": "1.3.2"}, b={"joblib": "1.3.2", "python": "3.9.1"}, c={"joblib": "1.2.0", "compat": "9"}
    )
    assert [each.severity for each in findings] == ["error", "warning", "note"]
    assert findings[1].there == {"1.3.2": ["a", "b"], "1.2.0": ["c"]}


@pytest.mark.parametrize(
    "told",
    [
        # as distributed 1.20 to 2.8, and as later ones tell it
        {
            "host": [("python", "3.8.18.final.0"), ("OS", "Linux")],
            "packages": {"required": [("dask", "2.30.0"), ("distributed", "2.30.1")], "optional": [("numpy", None)]},
        },
        {
            "host": {"python": "3.8.18.final.0", "OS": "Linux"},
            "packages": {
                "dask": "2.30.0",
                "distributed": "2.30.1",
                "numpy": None,
                "scikit-learn": "1.0",
                "sklearn": None,
            },
        },
    ],
)
def test_distributeds_own_answers_are_read(told):
    place = skew._place(dict(skew._flat(told)))
    assert (place["python"], place["dask"], place["distributed"]) == ("3.8.18", "2.30.0", "2.30.1")
    assert place["numpy"] is None
    assert place.get("sklearn") in (None, "1.0")
