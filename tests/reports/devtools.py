"""A page in Chromium, controlled through the DevTools protocol."""

import base64
import json
from urllib.request import Request, urlopen

import websocket

_SECONDS = 60


class Page:
    """One tab of the browser.

    Attributes:
        requests: Addresses of everything that the page has requested.
    """

    def __init__(self, browser_url: str):
        """Open an empty tab of the browser at `browser_url`."""
        self._browser = browser_url
        new = Request(f"{browser_url}/json/new?about:blank", method="PUT")
        with urlopen(new, timeout=_SECONDS) as answer:
            self._target = json.load(answer)
        address = self._target["webSocketDebuggerUrl"]
        self._socket = websocket.create_connection(
            address, timeout=_SECONDS, suppress_origin=True, max_size=None
        )
        self._calls = 0
        self.requests: list[str] = []
        for domain in ("Page", "Network", "Runtime"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        """Close the tab."""
        self._socket.close()
        with urlopen(f"{self._browser}/json/close/{self._target['id']}", timeout=_SECONDS):
            pass

    def show(self, html: str, width: int, scheme: str) -> None:
        """Show a document in a window of the given width in pixels, in light or dark mode."""
        scale = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **scale)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)
        frame = self.call("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self.call("Page.setDocumentContent", frameId=frame, html=html)

    def evaluate(self, expression: str):
        """Return the value of a JavaScript expression as JSON."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def screenshot(self) -> bytes:
        """Return the content of the window as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])

    def call(self, method: str, **parameters) -> dict:
        """Call a method of the protocol, and record events that arrive before its answer."""
        self._calls += 1
        message = {"id": self._calls, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while (answer := json.loads(self._socket.recv())).get("id") != self._calls:
            if answer.get("method") == "Network.requestWillBeSent":
                self.requests.append(answer["params"]["request"]["url"])
        assert "error" not in answer, f"{method}: {answer.get('error')}"
        return answer["result"]
