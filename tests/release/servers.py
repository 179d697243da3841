"""A package index on 127.0.0.1, and a proxy that makes a server fail on demand."""

import contextlib
import http.client
import http.server
import json
import re
import socketserver
import ssl
import threading
import time
import wsgiref.simple_server
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pypiserver

USER, PASSWORD = "publisher", "s3cr3t-t0ken/with=signs"


@contextlib.contextmanager
def index(folder: Path) -> Iterator[int]:
    """Serve a package index that requires USER and PASSWORD for uploads; yield its port."""
    app = pypiserver.app(
        roots=[folder],
        disable_fallback=True,
        authenticate=["update"],
        auther=lambda user, password: (user, password) == (USER, PASSWORD),
        hash_algo="sha256",
    )
    with wsgiref.simple_server.make_server(
        "127.0.0.1", 0, app, _ThreadingWsgi, _QuietHandler
    ) as server:
        yield from _serve(server)


@dataclass
class Fault:
    """What a proxy does with matching requests instead of passing them on.

    Attributes:
        method: The request's method.
        path: Pattern that matches a part of its path.
        action: Gets the proxy's handler; returns whether to pass on the request afterwards.
        times: The number of requests that it affects.
    """

    method: str
    path: str
    action: "Callable[[Handler], bool]"
    times: int = 1


@dataclass
class Proxy:
    """A server that passes everything on to another one, except for its faults.

    Attributes:
        port: The port on which it listens.
        faults: Its faults.
        seen: Method and path of every request, in order.
    """

    port: int
    upstream: int
    faults: list[Fault] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def writes(self) -> list[str]:
        """Return the requests so far that change something."""
        return [line for line in self.seen if line.split()[0] in ("POST", "PUT", "PATCH")]

    def take(self, method: str, path: str) -> Fault | None:
        """Record a request, and return the fault that applies to it."""
        with self.lock:
            self.seen.append(f"{method} {path}")
            for fault in self.faults:
                if fault.times and fault.method == method and re.search(fault.path, path):
                    fault.times -= 1
                    return fault
        return None


@contextlib.contextmanager
def proxy(upstream: int, certificate: tuple[Path, Path] | None = None) -> Iterator[Proxy]:
    """Put a proxy before the server at the port `upstream`; with TLS if a certificate is given."""
    with _ProxyServer(("127.0.0.1", 0), Handler) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.proxy = Proxy(server.server_port, upstream)
        for _ in _serve(server):
            yield server.proxy


# nginx's page for a server that does not answer, in seven lines.
NGINX = b"""<html>\r
<head><title>503 Service Temporarily Unavailable</title></head>\r
<body>\r
<center><h1>503 Service Temporarily Unavailable</h1></center>\r
<hr><center>nginx</center>\r
</body>\r
</html>\r
"""


def status(code: int, body: bytes = b"fault", **headers: str) -> Callable[["Handler"], bool]:
    """Answer with an error; an underscore in a header's name stands for a hyphen."""
    sent = {"Content-Type": "text/plain"} | {k.replace("_", "-"): v for k, v in headers.items()}

    def act(handler: "Handler") -> bool:
        handler.read_body()
        handler.answer(code, sent, body)
        return False

    return act


def refusal(
    code: int, error: str, message: str, detail: object = None
) -> Callable[["Handler"], bool]:
    """Refuse with a code, a message and a detail, as in the distribution specification."""
    reason = {"code": error, "message": message} | ({"detail": detail} if detail else {})
    body = json.dumps({"errors": [reason]}).encode()
    return status(code, body, Content_Type="application/json")


def cut(handler: "Handler") -> bool:
    """Announce a body and drop the connection in the middle of it."""
    handler.read_body()
    handler.answer(200, {"Content-Type": "text/html", "Content-Length": "1000"}, b"<html>")
    handler.close_connection = True
    return False


def trickle(handler: "Handler") -> bool:
    """Send a byte now and then, until the client gives up or half a minute has passed."""
    handler.read_body()
    handler.wfile.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 999\r\n\r\n"
    )
    with contextlib.suppress(OSError):
        for _ in range(60):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.5)
    handler.close_connection = True
    return False


def die(handler: "Handler") -> bool:
    """Read a part of the request and drop the connection."""
    handler.rfile.read(min(16, int(handler.headers.get("Content-Length", 0))))
    handler.connection.close()
    handler.close_connection = True
    return False


def slow(seconds: float) -> Callable[["Handler"], bool]:
    """Wait before passing the request on."""

    def act(handler: "Handler") -> bool:
        time.sleep(seconds)
        return True

    return act


class Handler(http.server.BaseHTTPRequestHandler):
    """Passes one request on, unless a fault applies to it."""

    protocol_version = "HTTP/1.1"
    server: "_ProxyServer"

    def do_GET(self) -> None:
        """Handle every method in the same way."""
        fault = self.server.proxy.take(self.command, self.path)
        if fault is None or fault.action(self):
            self._pass_on()

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.do_GET
        raise AttributeError(name)

    def read_body(self) -> bytes:
        """Return the request's body, chunked or not."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self, code: int, headers: dict[str, str], body: bytes) -> None:
        """Send a complete response."""
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _pass_on(self) -> None:
        body = self.read_body()
        dropped = {"transfer-encoding", "connection", "content-length"}
        headers = {k: v for k, v in self.headers.items() if k.lower() not in dropped}
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.proxy.upstream, timeout=30)
        with contextlib.closing(upstream):
            upstream.request(self.command, self.path, body or None, headers)
            response = upstream.getresponse()
            content = response.read()
        kept = {"connection", "transfer-encoding", "date", "server"}
        answered = {k: v for k, v in response.getheaders() if k.lower() not in kept}
        self.answer(response.status, answered, content)

    def log_message(self, *args: object) -> None:
        """Print nothing, since the proxy keeps its own record."""


class _ProxyServer(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    proxy: Proxy

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing about clients that drop the connection, as tests make them do."""


class _ThreadingWsgi(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


class _QuietHandler(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Print nothing."""


def _serve(server: http.server.HTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
