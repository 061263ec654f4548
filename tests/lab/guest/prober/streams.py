"""Streams: connections that carry data for long, one chunk after another."""

import errno
import selectors
import socket
import time

from clients import FAILURES
from loop import LINE_LIMIT, SELECTOR, Inside, after, answer, cancel, family_of, forget, new_socket

STREAMS = {}
LAST_ANSWERS_MS = 5000


class Stream:
    """Sends chunks of one line each; every chunk is answered by one line."""

    def __init__(self, request):
        self.request = request
        self.chunk = b"x" * (request["chunkBytes"] - 1) + b"\n"
        self.pending = b""
        self.sent = 0
        self.answered = 0
        self.by = set()
        self.data = b""
        self.gap = 0
        self.failure = None
        self.stop_request = None
        self.timer = None
        self.started = self.heard = time.monotonic()
        with Inside(request["ns"]):
            self.socket = new_socket(request["protocol"], family_of(request["address"]))
            if request.get("sourcePort"):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                self.socket.bind(("::" if ":" in request["address"] else "0.0.0.0", request["sourcePort"]))
            code = self.socket.connect_ex((request["address"], request["port"]))
        if code not in (0, errno.EINPROGRESS):
            return self.fail(code)
        SELECTOR.register(self.socket, selectors.EVENT_WRITE, self.on_connected)

    def on_connected(self, _):
        code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            return self.fail(code)
        SELECTOR.modify(self.socket, selectors.EVENT_READ, self.on_read)
        self.tick()

    def tick(self):
        if self.failure or self.finish_if_done():
            return
        try:
            if not self.pending and not self.stop_request:
                self.pending = self.chunk
                self.sent += 1
            if self.pending:
                self.pending = self.pending[self.socket.send(self.pending) :]
        except BlockingIOError:
            pass
        except OSError as error:
            return self.fail(error.errno)
        self.timer = after(self.request["pauseMs"], self.tick)

    def on_read(self, _):
        try:
            data = self.socket.recv(LINE_LIMIT)
        except BlockingIOError:
            return
        except OSError as error:
            return self.fail(error.errno)
        if not data:
            return self.fail(None)
        now = time.monotonic()
        self.gap = max(self.gap, now - self.heard)
        self.heard = now
        *lines, self.data = (self.data + data).split(b"\n")
        self.answered += len(lines)
        self.by.update(lines)

    def fail(self, code):
        """Ends; without a code the other end closed in good order."""
        self.failure = "closed" if code is None else FAILURES.get(code, "error")
        self.error = errno.errorcode.get(code, str(code))
        self.failed = time.monotonic()
        self.end()

    def finish_if_done(self):
        if not self.stop_request:
            return False
        if self.pending or self.answered < self.sent:
            if time.monotonic() < self.give_up:
                return False
        self.end()
        return True

    def end(self):
        if self.timer:
            cancel(self.timer)
        if self.socket:
            forget(self.socket)
            self.socket = None
        if self.stop_request:
            request, self.stop_request = self.stop_request, None
            answer(request, **self.result())

    def result(self):
        said = {
            "sent": self.sent,
            "answered": self.answered,
            "by": sorted({line.decode() for line in self.by}),
            "longestGapMs": round(self.gap * 1000),
            "ms": round((time.monotonic() - self.started) * 1000),
        }
        if self.failure:
            said["failure"] = self.failure
            said["errorName"] = self.error
            said["failedAfterMs"] = round((self.failed - self.started) * 1000)
        return said

    def stop(self, request):
        self.stop_request = request
        self.give_up = time.monotonic() + LAST_ANSWERS_MS / 1000
        if self.failure:
            self.end()


def stream(request):
    STREAMS[request["handle"]] = Stream(request)
    answer(request)


def look(request):
    answer(request, **STREAMS[request["handle"]].result())


def unstream(request):
    STREAMS.pop(request["handle"]).stop(request)
