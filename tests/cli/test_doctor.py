"""`doctor`: what it finds here and on a cluster, what it skips, and its exit codes."""

import os
import socket

import pytest
import trustme
from distributed.security import Security

from joblib_dask_compat import local_cluster, versions


def test_without_a_cluster(told):
    found, code = told("doctor")
    assert code == 0
    assert found["versions"] == versions()._asdict()
    (copy,) = found["copies"]
    assert (copy["name"], copy["used_by_sklearn"], copy["route"]) == ("joblib", True, "own")
    assert copy["rejected"]
    assert found["cluster"] is None
    assert found["skipped"] == [{"what": "cluster", "why": "no --scheduler was given, so nothing was run"}]


def test_it_says_what_is_known_of_this_combination(told):
    doctor, _ = told("doctor")
    caniuse, _ = told("caniuse", "--env")
    assert (doctor["records"]["verdict"], doctor["records"]["works"]) == (caniuse["verdict"], caniuse["works"])


def test_upstreams_faults_hold_where_upstream_is_asked_for(told):
    holding = {each["id"] for each in told("doctor", "--prefer", "upstream")[0]["advisories"] if each["holds"]}
    avoided = {each["id"] for each in told("doctor")[0]["advisories"] if not each["holds"]}
    assert "worker-death-hangs" in holding & avoided


def test_in_words(command_line):
    done = command_line("doctor")
    assert done.returncode == 0
    assert "copy joblib" in done.stdout
    assert "no findings" in done.stdout
    assert "skipped cluster: no --scheduler was given" in done.stderr


@pytest.mark.cluster
def test_where_work_runs(told):
    with local_cluster(n_workers=2) as client:
        workers = client.run(os.getpid)
        found, code = told("doctor", "--scheduler", client.scheduler.address)
    assert code == 0, found["findings"]
    cluster, probe = found["cluster"], found["cluster"]["probe"]
    assert (cluster["workers"], cluster["threads"]) == (2, 2)
    assert cluster["round_trip_ms"] > 0
    assert set(cluster["versions"]) == {*workers, "scheduler"}
    assert all(place["joblib"] == versions().joblib for place in cluster["versions"].values())
    assert probe["tasks"] == 4
    assert set(probe["workers"]) <= set(workers)
    assert {each["pid"] for each in probe["processes"]} <= set(workers.values())
    assert {each["host"] for each in probe["processes"]} == {socket.gethostname()}
    assert sum(each["tasks"] for each in probe["processes"]) == 4
    assert found["skipped"] == []


@pytest.mark.cluster
def test_a_cluster_without_workers(told):
    with local_cluster(n_workers=1) as client:
        client.cluster.scale(0)
        client.run_on_scheduler(_until_no_workers)
        found, code = told("doctor", "--scheduler", client.scheduler.address)
    assert code == 1
    assert found["findings"][0]["what"] == "the cluster has no worker"
    assert found["findings"][0]["fix"].startswith("dask worker tcp://")
    assert found["skipped"][0]["what"] == "probe"


async def _until_no_workers(dask_scheduler):
    import asyncio

    while dask_scheduler.workers:
        await asyncio.sleep(0.01)


@pytest.mark.cluster
def test_a_busy_cluster_is_a_finding_and_no_hang(told, tmp_path):
    with local_cluster(n_workers=1) as client:
        end = tmp_path / "end"
        # as text, because the worker cannot import this file
        busy = client.submit(exec, f"import os, time\nwhile not os.path.exists({str(end)!r}): time.sleep(0.01)")
        try:
            found, code = told("doctor", "--scheduler", client.scheduler.address, "--timeout", "5")
        finally:
            end.touch()
        busy.result()
    assert code == 1
    assert "did not end within 5 s" in found["findings"][0]["what"]
    assert "--timeout 20" in found["findings"][0]["fix"]


def test_a_dead_scheduler_is_undecided(told, command_line):
    found, code = told("doctor", "--scheduler", "127.0.0.1:9", "--timeout", "2")
    assert code == 3
    assert found["cluster"] is None
    assert found["skipped"][0]["what"] == "cluster"
    assert found["copies"]
    done = command_line("doctor", "--scheduler", "127.0.0.1:9", "--timeout", "2")
    assert done.returncode == 3
    assert "What to do" in done.stderr
    assert "copy joblib" in done.stdout


def test_without_distributed_it_still_tells_the_rest(fresh_python):
    done = fresh_python(
        """
        import sys
        sys.modules["distributed"] = None  # as if it were not installed
        from joblib_dask_compat.cli import main
        print("exit code", main(["doctor", "--scheduler", "127.0.0.1:9"]))
        """
    )
    assert "exit code 1" in done.stdout
    assert "copy joblib" in done.stdout
    assert "The package 'distributed' is not installed" in done.stdout
    assert "skipped cluster: The package 'distributed' is not installed" in done.stderr


def test_tls_without_distributed_tells_the_rest(fresh_python, tmp_path):
    files = [tmp_path / name for name in ("a", "b", "c")]
    for path in files:
        path.touch()
    done = fresh_python(
        """
        import sys

        class Missing:
            def find_spec(self, name, *ignored):
                if name.partition(".")[0] == "distributed":
                    raise ModuleNotFoundError(name, name=name)

        sys.meta_path.insert(0, Missing())
        from joblib_dask_compat.cli import main
        options = [each for pair in zip(("--tls-ca-file", "--tls-cert", "--tls-key"), sys.argv[1:]) for each in pair]
        print("exit code", main(["doctor", "--scheduler", "tls://127.0.0.1:9", *options]))
        """,
        *files,
    )
    assert "exit code 1" in done.stdout
    assert "skipped cluster: The package 'distributed' is not installed" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["distributed", "dask", "joblib", "sklearn", "numpy"])
def test_a_file_that_hides_a_package_is_named(command_line, tmp_path, name):
    hiding = tmp_path / f"{name}.py"
    hiding.touch()
    done = command_line("doctor", "--scheduler", "127.0.0.1:9", "--timeout", "1")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"blocks: {hiding} hides the package {name!r}" in done.stdout
    assert f"fix: mv {hiding} {tmp_path / ('my_' + hiding.name)}" in done.stdout
    assert f"skipped cluster: packages that it takes cannot be imported: {name}" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--scheduler", "tls://127.0.0.1:9", "--tls-cert", "a.pem"], "TLS takes all of --tls-ca-file"),
        (
            ["--scheduler", "tls://127.0.0.1:9", "--tls-cert", "a", "--tls-key", "b", "--tls-ca-file", "c"],
            "No such file",
        ),
    ],
)
def test_wrong_input(refused, arguments, line):
    assert line in refused("doctor", *arguments)


@pytest.mark.cluster
def test_tls(told, tmp_path):
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    paths = {name: str(tmp_path / f"{name}.pem") for name in ("tls-ca-file", "tls-cert", "tls-key")}
    authority.cert_pem.write_to_path(paths["tls-ca-file"])
    issued.private_key_and_cert_chain_pem.write_to_path(paths["tls-cert"])
    issued.private_key_pem.write_to_path(paths["tls-key"])
    security = Security(
        tls_ca_file=paths["tls-ca-file"],
        tls_scheduler_cert=paths["tls-cert"],
        tls_scheduler_key=paths["tls-key"],
        tls_worker_cert=paths["tls-cert"],
        tls_worker_key=paths["tls-key"],
        tls_client_cert=paths["tls-cert"],
        tls_client_key=paths["tls-key"],
        require_encryption=True,
    )
    options = [option for name, path in paths.items() for option in ("--" + name, path)]
    with local_cluster(n_workers=1, security=security, protocol="tls") as client:
        address = client.scheduler.address
        assert address.startswith("tls://")
        found, code = told("doctor", "--scheduler", address, *options)
        assert (code, found["cluster"]["probe"]["tasks"]) == (0, 2)
        assert told("doctor", "--scheduler", address, "--timeout", "5")[1] == 3
