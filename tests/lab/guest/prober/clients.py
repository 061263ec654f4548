"""Clients: single dials, kept connections, loads and name queries."""

import errno
import json
import selectors
import socket
import struct
import time

from loop import LINE_LIMIT, SELECTOR, Inside, after, answer, cancel, family_of, forget, new_socket, text_of

CONNECTIONS = {}
LOADS = {}
EXAMPLES = 5
FAILURES = {
    errno.ECONNREFUSED: "refused",
    errno.ENOPROTOOPT: "refused",
    errno.EPROTONOSUPPORT: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ECONNABORTED: "reset",
    errno.ETIMEDOUT: "timed-out",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.EACCES: "unreachable",
}


class Dial:
    """One connection: opens, asks one line, tells the outcome once."""

    def __init__(self, request, done):
        self.request = request
        self.done = done
        self.started = time.monotonic()
        self.data = b""
        self.source = None
        self.said = None
        self.socket = None
        self.timer = after(request["timeoutMs"], lambda: self.end(failure="timed-out"))
        self.open()

    def open(self):
        request = self.request
        try:
            with Inside(request["ns"]):
                self.socket = new_socket(request["protocol"], family_of(request["address"]))
                if request.get("sourceAddress") or request.get("sourcePort"):
                    self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    any_address = "::" if ":" in request["address"] else "0.0.0.0"
                    self.socket.bind((request.get("sourceAddress") or any_address, request.get("sourcePort") or 0))
                code = self.socket.connect_ex((request["address"], request["port"]))
        except OSError as error:
            return self.end_with(error.errno)
        if code not in (0, errno.EINPROGRESS):
            return self.end_with(code)
        SELECTOR.register(self.socket, selectors.EVENT_WRITE, self.on_connected)

    def on_connected(self, _):
        code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            return self.end_with(code)
        self.source = text_of(self.socket.getsockname())
        SELECTOR.modify(self.socket, selectors.EVENT_READ, self.on_read)
        self.send()

    def send(self):
        try:
            self.socket.send(b"who\n")
        except OSError as error:
            self.end_with(error.errno)

    def on_read(self, _):
        try:
            data = self.socket.recv(LINE_LIMIT)
        except BlockingIOError:
            return
        except OSError as error:
            return self.end_with(error.errno)
        if not data:
            return self.end(**(self.said or {"failure": "closed"}))
        self.data += data
        if b"\n" in self.data:
            line, self.data = self.data.split(b"\n", 1)
            if self.done:
                said = json.loads(line)
                self.said = {"answeredBy": said["name"], "sourceSeen": said["source"]}
                if not self.request.get("untilClosed"):
                    self.end(**self.said, keep=self.request.get("keep"))

    def ask(self, request, done):
        """Asks once more on a connection that was kept open."""
        self.request = {**self.request, **request}
        self.done = done
        self.started = time.monotonic()
        self.timer = after(request["timeoutMs"], lambda: self.end(failure="timed-out", keep=True))
        self.send()

    def end_with(self, code):
        failure = FAILURES.get(code, "error")
        self.end(failure=failure, error=errno.errorcode.get(code, str(code)))

    def end(self, keep=False, **outcome):
        cancel(self.timer)
        if self.socket and not self.source:
            self.source = text_of(self.socket.getsockname())
        if not keep and self.socket:
            forget(self.socket)
            self.socket = None
        if not self.done:
            # The other end cut a connection on which nothing was asked.
            self.ended = outcome
            return
        done, self.done = self.done, None
        ms = round((time.monotonic() - self.started) * 1000, 2)
        if self.source:
            outcome["source"] = self.source
        done({"ms": ms, **outcome})


def dial(request):
    def done(outcome):
        answer(request, **outcome)

    made = Dial(request, done)
    if request.get("keep"):
        CONNECTIONS[request["handle"]] = made


def ask(request):
    made = CONNECTIONS.get(request["handle"])
    if made is None:
        return answer(request, error="no such connection")
    if made.socket is None:
        return answer(request, ms=0, **getattr(made, "ended", {"failure": "closed"}))
    made.ask(request, lambda outcome: answer(request, **outcome))


def hang_up(request):
    made = CONNECTIONS.pop(request["handle"], None)
    if made and made.socket:
        forget(made.socket)
    answer(request)


# Load: dials that follow one another until told to stop


class Load:
    """Keeps some dials going and counts how they ended."""

    def __init__(self, request):
        self.request = request
        self.running = True
        self.active = 0
        self.dialled = 0
        self.total = 0
        self.answered = {}
        self.failures = {}
        self.slowest = 0
        self.started = time.monotonic()
        self.examples = []
        self.stop_request = None
        for _ in range(request["concurrency"]):
            self.next()

    def next(self):
        self.active += 1
        request, ports = self.request, self.request.get("sourcePorts")
        if ports:
            port = ports["first"] + self.dialled % ports["count"]
            request = {**request, "sourcePort": port}
        self.dialled += 1
        Dial(request, self.done)

    def done(self, outcome):
        self.active -= 1
        self.total += 1
        self.slowest = max(self.slowest, outcome["ms"])
        counts, key = (self.failures, outcome["failure"]) if "failure" in outcome else (self.answered, outcome["answeredBy"])
        counts[key] = counts.get(key, 0) + 1
        if "failure" in outcome and len(self.examples) < EXAMPLES:
            self.examples.append({"atMs": self.ms(), **outcome})
        if self.running:
            after(self.request["pauseMs"], self.next_if_running)
        elif self.active == 0:
            self.finish()

    def ms(self):
        return round((time.monotonic() - self.started) * 1000)

    def next_if_running(self):
        if self.running:
            self.next()
        elif self.active == 0:
            self.finish()

    def stop(self, request):
        self.running = False
        self.stop_request = request
        if self.active == 0:
            self.finish()

    def finish(self):
        if self.stop_request:
            request, self.stop_request = self.stop_request, None
            said = {"total": self.total, "answered": self.answered, "failures": self.failures, "slowestMs": self.slowest}
            answer(request, **said, ms=self.ms(), examples=self.examples)


def load(request):
    LOADS[request["handle"]] = Load(request)
    answer(request)


def unload(request):
    LOADS.pop(request["handle"]).stop(request)


# Names


def resolve(request):
    """Asks a name server over UDP; gives the addresses it answers with."""
    kind = {"A": 1, "AAAA": 28}[request["type"]]
    labels = b"".join(bytes([len(part)]) + part.encode() for part in request["name"].rstrip(".").split("."))
    query = struct.pack(">HHHHHH", 77, 0x100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, kind, 1)
    started = time.monotonic()
    made = None

    def end(**outcome):
        cancel(timer)
        if made:
            forget(made)
        answer(request, ms=round((time.monotonic() - started) * 1000, 2), **outcome)

    def end_with(code):
        end(failure=FAILURES.get(code, "error"), error=errno.errorcode.get(code, str(code)))

    def on_read(_):
        try:
            end(addresses=addresses_of(made.recv(LINE_LIMIT)))
        except OSError as error:
            end_with(error.errno)

    timer = after(request["timeoutMs"], lambda: end(failure="timed-out"))
    try:
        with Inside(request["ns"]):
            made = new_socket("udp", family_of(request["address"]))
            made.connect((request["address"], request["port"]))
        SELECTOR.register(made, selectors.EVENT_READ, on_read)
        made.send(query)
    except OSError as error:
        end_with(error.errno)


def addresses_of(data):
    """The addresses in the answer section of a DNS message."""
    questions, answers = struct.unpack(">HH", data[4:8])
    at = 12
    for _ in range(questions):
        at = after_name(data, at) + 4
    found = []
    for _ in range(answers):
        at = after_name(data, at)
        kind, _, _, size = struct.unpack(">HHIH", data[at : at + 10])
        body = data[at + 10 : at + 10 + size]
        at += 10 + size
        if kind == 1:
            found.append(socket.inet_ntop(socket.AF_INET, body))
        elif kind == 28:
            found.append(socket.inet_ntop(socket.AF_INET6, body))
    return found


def after_name(data, at):
    while data[at] and data[at] < 192:
        at += data[at] + 1
    return at + (2 if data[at] >= 192 else 1)
