"""TLS: the right certificates work, however they are given; any others are an error within the connect timeout."""

import datetime

import pytest
import trustme

PARTS = ("ca", "cert", "key")

#: What each age of dask reads: before dask 0.18, TLS and the timeout have sections of their own.
CONFIG = """
connect-timeout: 4s
tls: &tls
  ca-file: {ca}
  client: {{cert: {cert}, key: {key}}}
distributed:
  comm:
    timeouts: {{connect: 4s}}
    tls: *tls
"""

TIMEOUT = 4


def issued(folder, name, authority, trusted=None, **options):
    """Write a certificate with its key, and the authority that its owner trusts; return the three paths."""
    certificate = authority.issue_cert("127.0.0.1", **options)
    paths = {part: folder / f"{name}-{part}.pem" for part in PARTS}
    (trusted or authority).cert_pem.write_to_path(str(paths["ca"]))
    certificate.private_key_and_cert_chain_pem.write_to_path(str(paths["cert"]))
    certificate.private_key_pem.write_to_path(str(paths["key"]))
    return paths


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    ours, theirs = trustme.CA(), trustme.CA()
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    return {
        "right": issued(folder, "right", ours),
        "of an authority that the scheduler does not know": issued(folder, "stranger", theirs, trusted=ours),
        "right, but trusts another authority": issued(folder, "distrusting", ours, trusted=theirs),
        "expired": issued(folder, "expired", ours, not_after=past),
    }


def options(paths):
    return [each for part in PARTS for each in ("--tls-" + {"ca": "ca-file"}.get(part, part), paths[part])]


def started(new_cluster, paths, workers):
    cluster = new_cluster(0, None, "--host", "tls://127.0.0.1", *options(paths))
    for _ in range(workers):
        cluster.start_worker(*options(paths))
    assert cluster.address.startswith("tls://127.0.0.1:")
    return cluster


@pytest.fixture(scope="module")
def tls_cluster(module_clusters, certificates):
    """A scheduler and two workers with the right certificates."""
    return started(module_clusters, certificates["right"], 2)


def configuration(folder, paths):
    """Return the environment with which dask is configured for TLS."""
    file = folder / "dask.yaml"
    file.write_text(CONFIG.format(**paths), encoding="utf-8")
    return {"DASK_CONFIG": str(file)}


SECURITY = """
    from distributed.security import Security
    security = Security(tls_ca_file={ca!r}, tls_client_cert={cert!r}, tls_client_key={key!r}, require_encryption=True)
"""


def security(paths):
    return SECURITY.format(**{part: str(path) for part, path in paths.items()})


WAYS = {
    "security=": "scheduler_host=ADDRESS, security=security",
    "configuration": "scheduler_host=ADDRESS",
    "client=": "client=Client(ADDRESS, security=security)",
}


@pytest.mark.core
@pytest.mark.parametrize("way", WAYS)
def test_right_certificates(tls_cluster, bench, certificates, tmp_path, way):
    right = certificates["right"]
    environ = configuration(tmp_path, right) if way == "configuration" else {}
    code = f"""
    with parallel_backend("dask", {WAYS[way]}, wait_for_workers_timeout=120):
        tell(Parallel()(delayed(pid)(number) for number in range(20)))
    """
    pids = bench.does((security(right) if "security" in WAYS[way] else "") + code, tls_cluster, **environ)
    assert len(pids) == 20
    assert set(pids) <= tls_cluster.pids


REFUSED = """
    def enter():
        with parallel_backend("dask", {arguments}):
            raise SystemExit("entered")

    began = time.time()
    failure = raised(enter)
    seconds = time.time() - began
    until(lambda: "IO loop" not in [thread.name for thread in threading.enumerate()], 5)
    tell([failure, seconds])
"""


def is_refused(bench, cluster, arguments, given="", **environ):
    """Assert that entering a block is a clear error in time, and return its text."""
    (names, text), seconds = bench.does(given + REFUSED.format(arguments=arguments), cluster, **environ)
    assert {"ConnectError", "OSError"} <= set(names), (names, text)
    assert text.startswith("No connection to a scheduler at t")
    assert seconds < TIMEOUT + 5
    return text


@pytest.mark.core
@pytest.mark.parametrize(
    "which", ["of an authority that the scheduler does not know", "right, but trusts another authority", "expired"]
)
def test_wrong_certificates(tls_cluster, bench, certificates, tmp_path, which):
    wrong = certificates[which]
    arguments = "scheduler_host=ADDRESS, security=security"
    text = is_refused(bench, tls_cluster, arguments, security(wrong), **configuration(tmp_path, wrong))
    assert "the certificates of both sides" in text


def test_scheduler_with_an_expired_certificate(new_cluster, bench, certificates, tmp_path):
    cluster = started(new_cluster, certificates["expired"], 0)
    text = is_refused(bench, cluster, "scheduler_host=ADDRESS", **configuration(tmp_path, certificates["right"]))
    assert "certificate has expired" in text.partition("What to do")[0]


@pytest.mark.core
def test_plain_client_to_a_tls_scheduler(tls_cluster, bench, certificates, tmp_path):
    arguments = "scheduler_host=ADDRESS.replace('tls', 'tcp')"
    text = is_refused(bench, tls_cluster, arguments, **configuration(tmp_path, certificates["right"]))
    assert "if that scheduler uses TLS: name it tls://" in text


@pytest.mark.core
def test_tls_client_to_a_plain_scheduler(cluster, bench, certificates, tmp_path):
    arguments = "scheduler_host=ADDRESS.replace('tcp', 'tls')"
    text = is_refused(bench, cluster, arguments, **configuration(tmp_path, certificates["right"]))
    assert "if that scheduler does not use TLS: name it tcp://" in text


def test_tls_client_without_certificates(tls_cluster, bench):
    assert "TLS expects a `ssl_context`" in is_refused(bench, tls_cluster, "scheduler_host=ADDRESS")
