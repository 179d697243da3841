"""Tests of how the answers of an index are interpreted."""

import json
import time

import pytest

from kfp_component_lib.verification import index as module
from kfp_component_lib.verification.errors import DeliveryError, TransientError
from kfp_component_lib.verification.index import Index
from tests.release.servers import NGINX, Fault, cut, status, trickle

NAME = "kfp_component_lib-0.1.0-py3-none-any.whl"
JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html; charset=utf-8"


@pytest.fixture
def index(world):
    """The index, which has a wheel."""
    world.publish(world.build())
    return Index(f"http://{world.index.address}/simple/")


def ask(world, index, action):
    """Request the wheel's hash while the page is answered by the action."""
    world.index.faults = [Fault("GET", "/simple/", action, 9)]
    return index.sha256("kfp-component-lib", NAME)


def page(content, kind=HTML):
    """Answer with a page."""
    return status(200, content, Content_Type=kind)


def test_what_is_there_is_found_and_what_is_not_is_none(world, index):
    """A missing page and a missing file both give None."""
    content = index.download("kfp_component_lib", NAME)
    assert content == (world.folder / "packages" / NAME).read_bytes()
    assert index.download("kfp-component-lib", "other-1-py3-none-any.whl") is None
    assert index.sha256("nothing", NAME) is None


def test_both_forms_of_a_page_are_read(world, index):
    """The file is downloaded if the page does not state its hash."""
    link = f'<a href="../../packages/{NAME}#sha256={"0" * 64}">{NAME}</a>'
    assert ask(world, index, page(link.encode())) == "0" * 64
    file = {"filename": NAME, "url": "x", "hashes": {"sha256": "1" * 64}}
    content = {"meta": {"api-version": "1.0"}, "name": "kfp-component-lib", "files": [file]}
    assert ask(world, index, page(json.dumps(content).encode(), JSON)) == "1" * 64


PAGES = {
    "no JSON": page(b"{", JSON),
    "JSON of another shape": page(b"[]", JSON),
    "JSON without files": page(b'{"meta": {"api-version": "1.0"}}', JSON),
    "files of another shape": page(
        b'{"meta": {"api-version": "1.0"}, "name": "x", "files": {"a": 1}}', JSON
    ),
    "another version of the API": page(
        b'{"meta": {"api-version": "2.0"}, "name": "x", "files": []}', JSON
    ),
    "no UTF-8": page(b"\xff\xfe{", JSON),
    "another kind": page(b"hello", "application/octet-stream"),
    "deeply nested": page(b"[" * 100_000, JSON),
}


@pytest.mark.parametrize("case", PAGES)
def test_what_is_no_page_is_an_error(world, index, case):
    """A response that is not a page of the API is an error that names the URL."""
    with pytest.raises(DeliveryError, match="must be a page of the simple repository API"):
        ask(world, index, PAGES[case])


def test_a_page_of_no_encoding_lists_nothing(world, index):
    """HTML is read whatever its bytes are."""
    assert ask(world, index, page(b"<html>\xff\xfe\x00")) is None


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504, 522])
def test_busy_servers_are_passing_faults(world, index, code):
    """A busy server is a temporary fault, and the error states when to try again."""
    with pytest.raises(TransientError) as failure:
        ask(world, index, status(code, NGINX, Retry_After="9"))
    assert failure.value.retry_after == 9


@pytest.mark.parametrize("code", [400, 401, 403, 410])
def test_refusals_are_final(world, index, code):
    """A refusal is not retried."""
    with pytest.raises(DeliveryError) as failure:
        ask(world, index, status(code))
    assert not isinstance(failure.value, TransientError)


def test_a_page_that_breaks_off_is_a_passing_fault(world, index):
    """The connection is dropped within the body."""
    with pytest.raises(TransientError, match="must answer"):
        ask(world, index, cut)


def test_a_page_that_never_ends_has_a_time_limit(world, index, monkeypatch):
    """A server that sends a byte now and then does not block the command."""
    monkeypatch.setattr(module, "_PAGE_SECONDS", 1.0)
    start = time.monotonic()
    with pytest.raises(TransientError, match="must answer within 1 s"):
        ask(world, index, trickle)
    assert time.monotonic() - start < 10


def test_a_page_has_a_size_limit(world, index, monkeypatch):
    """The size of an answer is limited, whatever the server sends."""
    monkeypatch.setattr(module, "_PAGE_LIMIT", 100)
    with pytest.raises(DeliveryError, match="must have at most 100 bytes"):
        ask(world, index, page(b"x" * 101))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/simple/", "http://registry.invalid/simple/"])
def test_nobody_there_is_a_passing_fault(url):
    """Nothing listens, or the name is unknown."""
    with pytest.raises(TransientError, match="must answer"):
        Index(url).sha256("x", NAME)


@pytest.mark.parametrize("url", ["", "simple", "ftp://host/simple/", "http://"])
def test_what_is_no_url_of_an_index_is_an_error(url):
    """An invalid URL is an error without a traceback, and is not retried."""
    with pytest.raises(DeliveryError, match="must be the URL of an index") as failure:
        Index(url).sha256("x", NAME)
    assert not isinstance(failure.value, TransientError)


def test_a_login_goes_to_the_index_alone(world, index):
    """A page may name files on another host, which must not get the credentials."""
    seen = []

    def note(handler):
        seen.append(handler.headers.get("Authorization"))
        return True

    link = f'<a href="http://localhost:{world.index.port}/packages/{NAME}">{NAME}</a>'
    world.index.faults = [
        Fault("GET", "/simple/", page(link.encode()), 1),
        Fault("GET", "/packages/", note, 1),
    ]
    known = Index(index.url, ("user", "pa55word"))
    assert known.sha256("kfp-component-lib", NAME)
    assert seen == [None]
