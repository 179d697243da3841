"""Tests of tools.package_index."""

import pytest

from tools.package_index import pip_options, uv_environment

CASES = {
    "index": (
        {"index-url": "https://a.test/simple"},
        {"UV_DEFAULT_INDEX": "https://a.test/simple"},
    ),
    "more indexes": (
        {"extra-index-url": "https://a.test/s\nhttps://b.test/s"},
        {"UV_INDEX": "https://a.test/s https://b.test/s"},
    ),
    "folders": ({"find-links": "/a /b"}, {"UV_FIND_LINKS": "/a,/b"}),
    "certificates": ({"cert": "/ca.pem"}, {"SSL_CERT_FILE": "/ca.pem"}),
    "hosts without TLS": ({"trusted-host": "a.test b.test"}, {"UV_INSECURE_HOST": "a.test b.test"}),
    "what uv has no word for": ({"disable-pip-version-check": "1"}, {}),
}


@pytest.mark.parametrize(("options", "expected"), CASES.values(), ids=CASES)
def test_options_are_translated(options, expected):
    """Every option about the index reaches uv."""
    strategy = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    assert uv_environment(options, {}) == strategy | expected


def test_what_uv_is_told_stays():
    """A variable of uv's own wins over pip's configuration."""
    environ = {"UV_DEFAULT_INDEX": "https://uv.test/simple", "HOME": "/home"}
    found = uv_environment({"index-url": "https://pip.test/simple"}, environ)
    assert environ.items() <= found.items()


def test_environment_wins_over_files(tmp_path, monkeypatch):
    """Pip's own precedence holds: PIP_INDEX_URL over pip.conf, whatever the section."""
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nindex-url = https://file.test/simple\ntimeout = 7\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setenv("PIP_INDEX_URL", "https://environment.test/simple")
    options = pip_options()
    assert options["index-url"] == "https://environment.test/simple"
    assert options["timeout"] == "7"
