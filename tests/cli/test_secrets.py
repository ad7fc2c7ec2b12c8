"""`doctor` is pasted into issues: no secret that surrounds it comes out of it, whatever goes wrong."""

import pytest
import yaml

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


@pytest.fixture(params=["text", "json"])
def secretive(request, command_line, monkeypatch, tmp_path):
    """Return a function that runs `doctor` among secrets, and returns what it wrote, and its exit code."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path))

    def run(*arguments, configuration=f"distributed: {{comm: {{tls: {{ca-file: /{SECRET}.pem}}}}}}"):
        (tmp_path / "dask.yaml").write_text(configuration, encoding="utf-8")
        done = command_line("doctor", "--format", request.param, "--timeout", "2", *arguments)
        said = done.stdout + done.stderr
        assert SECRET not in said, said
        return said, done.returncode

    return run


def test_environment_and_configuration(secretive):
    said, code = secretive()
    assert code == 0
    assert "joblib" in said


@pytest.mark.parametrize("scheme", ["tcp", "tls"])
def test_a_scheduler_that_cannot_be_reached(secretive, scheme):
    said, code = secretive("--scheduler", f"{scheme}://127.0.0.1:9")
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
