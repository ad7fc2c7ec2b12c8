"""What commands print is pasted into issues: no secret that surrounds them comes out of it, whatever goes wrong."""

import pytest
import trustme
import yaml

from joblib_dask_compat import local_cluster

SECRET = "hunter2"

#: Where secrets live beside this package; dask reads the first three as its configuration.
ENVIRONMENT = {
    "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY": f"/nowhere/{SECRET}/key.pem",
    "DASK_SCHEDULER_ADDRESS": f"tls://user:{SECRET}@127.0.0.1:9",
    "DASK_GATEWAY__AUTH__KWARGS": f"{{'password': '{SECRET}'}}",
    "PIP_INDEX_URL": f"https://user:{SECRET}@127.0.0.1:9/simple",
    "UV_INDEX_URL": f"https://user:{SECRET}@127.0.0.1:9/simple",
    "HTTPS_PROXY": f"http://user:{SECRET}@127.0.0.1:9",
    "AWS_SECRET_ACCESS_KEY": SECRET,
}


@pytest.fixture
def among_secrets(command_line, monkeypatch, tmp_path):
    """Return a function that runs a command among secrets, and returns what it wrote, and its exit code."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path))

    def run(*arguments, configuration=f"distributed: {{comm: {{tls: {{ca-file: /{SECRET}.pem}}}}}}", **environ):
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "dask.yaml").write_text(configuration, encoding="utf-8")
        done = command_line(*arguments)
        said = done.stdout + done.stderr
        assert SECRET not in said, said
        return said, done.returncode

    return run


@pytest.fixture(params=["text", "json"])
def secretive(request, among_secrets):
    """Return a function that does so with `doctor`."""
    return lambda *arguments, **given: among_secrets(
        *("doctor", "--format", request.param, "--timeout", "30"), *arguments, **given
    )


def test_environment_and_configuration(secretive):
    said, code = secretive()
    assert code == 0
    assert "joblib" in said


@pytest.mark.parametrize("scheme", ["tcp", "tls"])
def test_a_scheduler_that_cannot_be_reached(secretive, scheme):
    said, code = secretive("--timeout", "2", "--scheduler", f"{scheme}://127.0.0.1:9")
    assert code == 3
    assert "No connection to a scheduler" in said


@pytest.mark.parametrize(
    "address",
    [
        f"tls://user:{SECRET}@127.0.0.1:9",
        f"user:{SECRET}@127.0.0.1:9",
        f"tcp://user:{SECRET}@127.0.0.1",
        f"tcp://127.0.0.1:9?token={SECRET}",
        f"ws://127.0.0.1:9/?token={SECRET}",
        f"wss://{SECRET}@127.0.0.1:9/",
    ],
)
def test_credentials_in_an_address_are_refused_and_not_repeated(secretive, address):
    said, code = secretive("--scheduler", address)
    assert code == 2
    assert "neither user, password nor query" in said


@pytest.mark.parametrize("line", [f'key: "{SECRET}', f"key: *{SECRET}", f"key: {SECRET}: more"])
def test_configuration_that_dask_cannot_read(secretive, line):
    with pytest.raises(yaml.YAMLError, match=SECRET):  # as every import of dask would tell
        yaml.safe_load(line)
    said, code = secretive(configuration=line)
    assert code == 1
    assert "dask.yaml" in said
    assert "in line 1" in said or "in line 2" in said


# -- clusters that live among the same secrets


@pytest.fixture(scope="module")
def address():
    """The address of a cluster whose processes have them in their environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        with local_cluster(n_workers=1) as client:
            yield client.scheduler.address


@pytest.mark.cluster
def test_a_live_cluster(secretive, address):
    said, code = secretive("--scheduler", address)
    assert code == 0
    assert address in said


@pytest.mark.cluster
@pytest.mark.parametrize("command", ["demo", "bench"])
def test_commands_that_run_something(among_secrets, address, command):
    said, code = among_secrets(command, "--scheduler", address)
    assert code == 0
    assert "cluster" in said or "worker" in said


@pytest.mark.parametrize("command", ["demo", "bench"])
@pytest.mark.parametrize("scheme", ["tcp", "tls"])
def test_commands_that_cannot_reach_a_scheduler(among_secrets, command, scheme):
    place = ["--scheduler", f"{scheme}://127.0.0.1:9"]
    said, code = among_secrets(command, *place, DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="2s")
    assert code == 3
    assert "No connection to a scheduler" in said


PARTS = {"tls_ca_file": "--tls-ca-file", "tls_client_cert": "--tls-cert", "tls_client_key": "--tls-key"}

CONFIGURATION = """
distributed:
  comm:
    tls:
      ca-file: {tls_ca_file}
      client: {{cert: {tls_client_cert}, key: {tls_client_key}}}
"""


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """Certificates in a folder with a secret name, and the address of a cluster that uses them."""
    from distributed.security import Security

    paths = {part: tmp_path_factory.getbasetemp() / SECRET / f"{part}.pem" for part in PARTS}
    paths["tls_client_key"].parent.mkdir()
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(str(paths["tls_ca_file"]))
    certificate.private_key_and_cert_chain_pem.write_to_path(str(paths["tls_client_cert"]))
    certificate.private_key_pem.write_to_path(str(paths["tls_client_key"]))
    given = {part: str(path) for part, path in paths.items()}
    roles = {part.replace("client", role): path for part, path in given.items() for role in ("scheduler", "worker")}
    security = Security(**{**given, **roles}, require_encryption=True)
    with local_cluster(n_workers=1, protocol="tls://", security=security) as client:
        yield client.scheduler.address, given


@pytest.fixture(params=["options", "configuration"])
def given_as(request):
    """Return a function that gives paths of certificates to `doctor`."""

    def given(paths):
        if request.param == "options":
            return [each for part, path in paths.items() for each in (PARTS[part], path)], {}
        # what the environment says goes first
        key = {"DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY": paths["tls_client_key"]}
        return [], {"configuration": CONFIGURATION.format(**paths), **key}

    return given


@pytest.mark.cluster
def test_certificates_at_a_secret_path(secretive, tls, given_as):
    address, paths = tls
    options, surroundings = given_as(paths)
    said, code = secretive("--scheduler", address, *options, **surroundings)
    assert code == 0
    assert address in said


BROKEN = {
    "tls_ca_file": SECRET,
    "tls_client_cert": f"-----BEGIN CERTIFICATE-----\n{SECRET}!\n-----END CERTIFICATE-----\n",
    "tls_client_key": f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
}


@pytest.mark.cluster
@pytest.mark.parametrize("part", BROKEN)
def test_a_broken_pem_with_a_secret(secretive, tls, given_as, tmp_path, part):
    address, paths = tls
    (tmp_path / "broken.pem").write_text(BROKEN[part], encoding="utf-8")
    options, surroundings = given_as({**paths, part: str(tmp_path / "broken.pem")})
    said, code = secretive("--scheduler", address, *options, **surroundings)
    assert code == 3
    assert "No connection to a scheduler" in said
