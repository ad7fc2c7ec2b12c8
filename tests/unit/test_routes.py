import joblib._dask
import pytest

from joblib_dask_compat import advisories, registration, routes, versions
from joblib_dask_compat.backend import DaskBackend, backend_class
from joblib_dask_compat.copies import Copy, all_copies
from joblib_dask_compat.errors import NoRouteError
from joblib_dask_compat.registration import NAMES, register_dask
from joblib_dask_compat.routes import OWN, PREFERENCES, ROUTES, choose, expected, probe

SITE = Copy("joblib")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
@pytest.mark.parametrize("copy", all_copies(), ids=lambda copy: copy.name)
def test_probe_and_table_agree_on_what_is_installed(route, copy):
    backend, reason = probe(route, copy)
    assert (backend is not None) is expected(route, copy, versions()), reason
    assert (backend is None) is bool(reason)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_row_says_since_when_and_where_to_read(route):
    assert route.since
    assert route.link.startswith(("https://", "docs/"))
    assert route.copies
    assert route.versions


def test_own_route_gives_a_backend_of_the_copys_own_kind():
    backend, _ = probe(OWN, SITE)
    assert issubclass(backend, (DaskBackend, SITE.backends.ParallelBackendBase))
    assert issubclass(backend, DaskBackend)
    assert backend is backend_class(SITE)


def test_upstream_gives_upstreams_class():
    choice = choose(SITE, "upstream")
    assert choice.route.name == "builtin"
    assert choice.backend is joblib._dask.DaskDistributedBackend


def test_auto_takes_our_own_where_an_advisory_names_a_fault():
    assert advisories.faults(SITE, versions())
    choice = choose(SITE, "auto")
    assert choice.route is OWN
    assert dict(choice.rejected)["builtin"].startswith("known faults: ")


def test_auto_takes_upstreams_where_none_does(monkeypatch, tmp_path):
    none = tmp_path / "advisories.json"
    none.write_text('{"advisories": []}', encoding="utf-8")
    monkeypatch.setattr(advisories, "_FILE", str(none))
    assert choose(SITE, "auto").route.name == "builtin"


def test_route_that_does_not_serve_a_copy_says_which_it_serves():
    (vendored,) = [route for route in ROUTES if route.name == "sklearn-vendored"]
    assert probe(vendored, SITE) == (None, "serves sklearn.externals.joblib only")


def test_no_upstream_route_is_an_error_in_four_parts(monkeypatch):
    monkeypatch.setattr(routes, "UPSTREAM", ())
    with pytest.raises(NoRouteError) as caught:
        choose(SITE, "upstream")
    assert caught.value.what.startswith("No upstream Dask backend can be had for joblib ")
    assert all([caught.value.fix, caught.value.more])


@pytest.fixture
def registry():
    backends = joblib.parallel.BACKENDS
    before = dict(backends)
    yield backends
    backends.clear()
    backends.update(before)


def test_register_dask_puts_the_class_under_every_name(registry):
    registered = register_dask(prefer="own")
    assert {registry[name] for name in NAMES} == {backend_class(SITE)}
    assert registered.route == "own"


def test_register_dask_is_idempotent(registry):
    register_dask(prefer="own")
    once = dict(registry)
    register_dask(prefer="own")
    assert dict(registry) == once


def test_registration_prints_the_route_of_each_copy_and_why(registry):
    told = repr(register_dask(names=["dask"]))
    assert "'dask' registered:" in told
    assert f"joblib {joblib.__version__}: route 'own', no upstream route without a known fault" in told
    assert "not 'builtin': known faults: " in told


@pytest.mark.parametrize("names", ["dask", ["dask", 1], None])
def test_register_dask_takes_a_sequence_of_names(registry, names):
    before = dict(registry)
    with pytest.raises(TypeError):
        register_dask(names=names)
    assert dict(registry) == before


@pytest.mark.parametrize("prefer", ["newest", None, ["own"]])
def test_unknown_preference_registers_nothing(registry, prefer):
    before = dict(registry)
    with pytest.raises(ValueError, match="prefer must be one of 'auto', 'upstream', 'own'"):
        register_dask(prefer=prefer)
    assert dict(registry) == before


@pytest.mark.parametrize("prefer", PREFERENCES)
def test_every_preference_chooses_for_every_copy(prefer):
    assert [choice.copy.name for choice in registration.choices(prefer)] == [copy.name for copy in all_copies()]
