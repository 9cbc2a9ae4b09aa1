"""chromium.py: headless Chromium, driven over the DevTools protocol through a pair of pipes. Standard library alone."""
import base64
import json
import os
import select
import shutil
import struct
import subprocess
import tempfile
import time
import zlib

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find():
    """The browser's path, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    def __init__(self, seconds=60):
        self.seconds = seconds
        self.profile = tempfile.mkdtemp()
        read_here, write_there = os.pipe()
        read_there, write_here = os.pipe()
        command = [find(), "--headless=new", "--no-sandbox", "--disable-gpu-sandbox", "--remote-debugging-pipe",
                   f"--user-data-dir={self.profile}", "--no-first-run", "--disable-extensions", "--disable-background-networking",
                   "--disable-component-update", "--disable-sync", "--use-gl=angle", "--use-angle=swiftshader",
                   "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--hide-scrollbars", "--disable-dev-shm-usage"]
        # The browser reads commands from descriptor 3 and writes answers to 4.
        shell = f"exec 3<&{read_there} 4>&{write_there}; exec \"$@\""
        self.process = subprocess.Popen(["bash", "-c", shell, "chromium", *command], pass_fds=(read_there, write_there),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(read_there)
        os.close(write_there)
        self.read, self.write = read_here, write_here
        self.buffer = b""
        self.number = 0
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.read)
        os.close(self.write)
        shutil.rmtree(self.profile, ignore_errors=True)

    def receive(self, until):
        """The next message, or None after `until`."""
        while b"\0" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.read], [], [], left)[0]:
                return None
            data = os.read(self.read, 1 << 20)
            if not data:
                raise RuntimeError("the browser is gone")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.write, data):]
        until = time.monotonic() + self.seconds
        while True:
            answer = self.receive(until)
            if answer is None:
                raise RuntimeError(f"no answer to {method} in {self.seconds} s")
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def listen(self, seconds):
        """Collects events for a while."""
        until = time.monotonic() + seconds
        while (event := self.receive(until)) is not None:
            self.events.append(event)


class Page:
    """A tab: its errors and its requests are kept."""

    def __init__(self, browser, width=1280, height=900, scripts=True, dark=False, phone=False):
        self.browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        self.media("screen", dark)
        if not scripts:
            self.call("Emulation.setScriptExecutionDisabled", value=True)

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def media(self, media, dark=False):
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, path):
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        until = time.monotonic() + self.browser.seconds
        while not any(e.get("sessionId") == self.session and e["method"] == "Page.loadEventFired" for e in self.browser.events):
            if time.monotonic() > until:
                raise RuntimeError(f"{path} did not load")
            self.browser.listen(0.05)

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, expression, seconds=40):
        """Whether the expression becomes true."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.evaluate(expression):
                return True
            self.browser.listen(0.1)
        return False

    def key(self, key):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def screenshot(self, clip=None, whole=False):
        """PNG of the window, of a rectangle (x, y, width, height) of the document, or of the whole document."""
        params = {"format": "png"}
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            clip = (0, 0, size["width"], size["height"])
        if clip:
            params |= {"captureBeyondViewport": True, "clip": dict(zip(("x", "y", "width", "height"), clip), scale=1)}
        return base64.b64decode(self.call("Page.captureScreenshot", **params)["data"])

    def of(self, method):
        return [e["params"] for e in self.browser.events if e.get("sessionId") == self.session and e["method"] == method]

    def errors(self):
        """What was logged as an error, thrown, or refused."""
        self.browser.listen(0.2)
        logged = [e["entry"]["text"] for e in self.of("Log.entryAdded") if e["entry"]["level"] == "error"]
        said = [str(e["args"]) for e in self.of("Runtime.consoleAPICalled") if e["type"] in ("error", "assert")]
        thrown = [e["exceptionDetails"].get("text", "") for e in self.of("Runtime.exceptionThrown")]
        return logged + said + thrown

    def requests(self):
        """Addresses asked for, but for the page itself and what it carries in data: and blob:."""
        self.browser.listen(0.2)
        urls = [e["request"]["url"] for e in self.of("Network.requestWillBeSent")]
        return [url for url in urls if not url.startswith(("data:", "blob:"))]


def pixels(png):
    """(width, height, rows of RGB or RGBA bytes, bytes per pixel) of a PNG as screenshots are."""
    at, data, width, height, channels = 8, b"", 0, 0, 0
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        body = png[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, _, color = struct.unpack(">IIBB", body[:10])
            channels = {2: 3, 6: 4}[color]
        elif kind == b"IDAT":
            data += body
        at += size + 12
    raw, stride, rows = zlib.decompress(data), width * channels, []
    before = bytearray(stride)
    for y in range(height):
        method = raw[y * (stride + 1)]
        row = bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride if method else 0):
            left = row[i - channels] if i >= channels else 0
            up, corner = before[i], before[i - channels] if i >= channels else 0
            if method == 1:
                guess = left
            elif method == 2:
                guess = up
            elif method == 3:
                guess = (left + up) // 2
            else:
                p = left + up - corner
                guess = min((abs(p - left), 0, left), (abs(p - up), 1, up), (abs(p - corner), 2, corner))[2]
            row[i] = (row[i] + guess) & 255
        rows.append(row)
        before = row
    return width, height, rows, channels


def colors(png):
    """How many pixels are far from gray: what a plot of colored points has, and an empty box has not."""
    _, _, rows, channels = pixels(png)
    return sum(1 for row in rows for i in range(0, len(row), channels)
               if max(row[i:i + 3]) - min(row[i:i + 3]) > 40)
