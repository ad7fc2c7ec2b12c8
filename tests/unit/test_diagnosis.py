"""What doctor tells to do."""

import shlex

import pytest

from joblib_dask_compat import advisories, diagnosis
from joblib_dask_compat.versions import versions

PINS = "joblib-dask-compat pins --prefer nearest{} > pins.txt && python -m pip install -r pins.txt"


def advisory(identity="some", severity="blocks", **remedy):
    remedy = {name.replace("_", "-"): allowed for name, allowed in remedy.items()}
    told = {"id": identity, "severity": severity, "summary": "what", "route": "any", "mended_by": "", "when": [{}]}
    return {**told, "remedy": remedy}


def test_the_way_out_of_an_advisory_is_one_that_was_measured():
    assert diagnosis._way_out(advisory(joblib=">=1.2")) == PINS.format(" --keep 'joblib>=1.2'")
    assert diagnosis._way_out(advisory()) == "joblib-dask-compat explain some"


def test_where_nothing_that_was_measured_on_this_python_leads_out():
    assert diagnosis._way_out(advisory(joblib=">=99")) == "joblib-dask-compat upgrade --to 'joblib>=99'"
    assert diagnosis._way_out(advisory(dask="<0.1")) == PINS.format("")  # which `upgrade` does not steer by


def test_one_line_leads_out_of_several_where_it_can():
    both = PINS.format(" --keep 'distributed>=2021.10' 'joblib>=1.2'")
    first, second = advisory(joblib=">=1.2"), advisory(distributed=">=2021.10")
    assert [diagnosis._way_out(each, [first, second]) for each in (first, second)] == [both, both]
    assert diagnosis._way_out(first, [first, advisory(distributed=">=9999")]) == PINS.format(" --keep 'joblib>=1.2'")


def test_the_line_can_be_run(command_line):
    command, _, _ = diagnosis._way_out(advisory(joblib=">=1.2", scikit_learn=">=1.5")).partition(" > ")
    done = command_line(*shlex.split(command)[1:])
    assert done.returncode == 0, done.stderr
    assert "joblib==" in done.stdout


@pytest.mark.parametrize("prefer", ["auto", "upstream"])
@pytest.mark.parametrize("severity", advisories.SEVERITIES)
def test_what_holds_and_is_worse_than_a_degradation_is_a_finding(monkeypatch, severity, prefer):
    here = advisory(severity=severity, joblib=">=1.2")
    monkeypatch.setattr(diagnosis.advisories, "applying", lambda installed: [here])
    monkeypatch.setattr(diagnosis.advisories, "faults", lambda copy, installed: [])
    found = diagnosis.Diagnosis(prefer)
    found.environment()
    assert [each["severity"] for each in found.findings] == ([severity] if severity != "degraded" else [])
    assert [each["holds"] for each in found.report["advisories"]] == [True]


def test_what_is_mended_or_upstreams_alone_is_no_finding(monkeypatch):
    mended = [{**advisory("a"), "mended_by": "nested"}, {**advisory("b", joblib=">=1"), "route": "upstream"}]
    monkeypatch.setattr(diagnosis.advisories, "applying", lambda installed: mended)
    found = diagnosis.Diagnosis()
    found.environment()
    assert not found.findings
    found = diagnosis.Diagnosis("upstream")
    found.environment()
    assert [each["what"] for each in found.findings] == ["b: what"]


def test_what_is_not_installed_is_known_not_to_be(monkeypatch):
    asked = []
    monkeypatch.setattr(diagnosis.Judge, "verdict", lambda self, axes, companions: asked.append(companions))
    monkeypatch.setattr(diagnosis, "versions", lambda: versions()._replace(msgpack=None))
    with pytest.raises(AttributeError):  # as that verdict is None
        diagnosis.Diagnosis()._records()
    assert asked[0]["msgpack"] is None
    assert str(asked[0]["dask"]) == f"=={versions().dask}"
    assert not {"joblib", "compat"} & set(asked[0])


def test_the_worst_comes_first():
    found = diagnosis.Diagnosis()
    for severity in ("note", "degraded", "security"):
        found._find(severity, "what", "fix")
    assert [each["severity"] for each in found.told()["findings"]] == ["security", "degraded", "note"]
