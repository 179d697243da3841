"""Tests of tools.package_index."""

import pytest

from tools.package_index import pip_options, uv_environment

MAIN = "https://main.test/simple"
CASES = {
    "certificates": ({"cert": "/ca.pem"}, "SSL_CERT_FILE", "/ca.pem"),
    "folders": ({"find-links": "/a /b"}, "UV_FIND_LINKS", "/a,/b"),
    "hosts without TLS": ({"trusted-host": "a.test b.test"}, "UV_INSECURE_HOST", "a.test b.test"),
    "index": ({}, "UV_DEFAULT_INDEX", MAIN),
    "more indexes": (
        {"extra-index-url": "https://a.test/s\nhttps://b.test/s"},
        "UV_INDEX",
        f"{MAIN} https://a.test/s https://b.test/s",
    ),
}


@pytest.mark.parametrize(("options", "name", "value"), CASES.values(), ids=CASES)
def test_options_are_translated(options, name, value):
    """Every option about the index is passed to uv; the main index comes first."""
    assert uv_environment({"index-url": MAIN, **options}, {})[name] == value


def test_without_an_index_uv_asks_what_pip_asks():
    """pip's own default is passed on, so that extra indexes do not come before it."""
    found = uv_environment({}, {})
    assert found["UV_INDEX"] == found["UV_DEFAULT_INDEX"]
    assert found["UV_DEFAULT_INDEX"].startswith("https://")


def test_what_uv_is_told_stays():
    """A variable for uv itself takes precedence over pip's configuration."""
    environ = {"UV_DEFAULT_INDEX": "https://uv.test/simple", "HOME": "/home"}
    found = uv_environment({"index-url": "https://pip.test/simple"}, environ)
    assert environ.items() <= found.items()


def test_environment_wins_over_files(tmp_path, monkeypatch):
    """The precedence is that of pip: PIP_INDEX_URL over pip.conf, whatever the section."""
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nindex-url = https://file.test/simple\ntimeout = 7\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setenv("PIP_INDEX_URL", "https://environment.test/simple")
    options = pip_options()
    assert options["index-url"] == "https://environment.test/simple"
    assert options["timeout"] == "7"
