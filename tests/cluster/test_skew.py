"""What is installed where, asked of a real cluster."""

import pytest

from joblib_dask_compat import check_cluster, local_cluster, skew, versions

pytestmark = pytest.mark.cluster


def test_each_place_tells_its_versions():
    with local_cluster(n_workers=1) as client:
        (worker,) = client.scheduler_info()["workers"]
        found = skew.everywhere(client)
        assert found == {worker: versions()._asdict(), "scheduler": versions()._asdict()}
        assert check_cluster(client) == []


def test_distributeds_own_query_tells_the_same():
    here = versions()
    with local_cluster(n_workers=1) as client:
        found = skew._told_by_distributed(client)
    assert set(found) == {"scheduler", *(place for place in found if place.startswith("tcp://"))}
    for place in found.values():
        assert place == {name: getattr(here, name) for name in skew.COMPARED if name != "compat"}
