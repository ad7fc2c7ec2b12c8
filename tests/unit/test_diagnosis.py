"""What doctor tells to do."""

from joblib_dask_compat import diagnosis


def test_the_way_out_of_an_advisory_can_be_taken_on_this_python():
    advisory = {"id": "some", "remedy": {"joblib": ">=1.2"}}
    assert diagnosis._way_out(advisory) == "python -m pip install 'joblib>=1.2'"
    assert diagnosis._way_out({**advisory, "remedy": {"joblib": ">=99"}}) == (
        "joblib-dask-compat upgrade --to 'joblib>=99'"
    )
    assert diagnosis._way_out({**advisory, "remedy": {}}) == "joblib-dask-compat explain some"


def test_the_worst_comes_first():
    found = diagnosis.Diagnosis()
    for severity in ("note", "degraded", "security"):
        found._find(severity, "what", "fix")
    assert [each["severity"] for each in found.told()["findings"]] == ["security", "degraded", "note"]
