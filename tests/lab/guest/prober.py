"""Serves and dials in every namespace of the lab from one process.

A socket belongs to the namespace its thread was in when it was made, so one
process enters a namespace, makes the socket and goes on. Requests are JSON
lines on standard input, answers are JSON lines on standard output, each with
the request's id; they may come in another order.

A server answers every line it gets with a JSON line that says its own name
and the address it saw the line come from.
"""

import ctypes
import errno
import heapq
import ipaddress
import json
import os
import selectors
import socket
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
SELECTOR = selectors.DefaultSelector()
TIMERS = []
NAMESPACES = {}
SERVERS = {}
CONNECTIONS = {}
LOADS = {}
LINE_LIMIT = 65536
IPPROTO_SCTP = getattr(socket, "IPPROTO_SCTP", 132)
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


def namespace(name):
    """The descriptor of a namespace; "" is the guest's first."""
    if name not in NAMESPACES:
        path = "/run/netns/" + name if name else "/proc/self/ns/net"
        NAMESPACES[name] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return NAMESPACES[name]


class Inside:
    """Runs a block inside a namespace."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        enter(namespace(self.name))

    def __exit__(self, *_):
        enter(namespace(""))


def enter(descriptor):
    if LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "Cannot enter the namespace")


def answer(request, **fields):
    sys.stdout.write(json.dumps({"id": request["id"], **fields}) + "\n")
    sys.stdout.flush()


def after(delay_ms, action):
    entry = [time.monotonic() + delay_ms / 1000, id(action), action]
    heapq.heappush(TIMERS, entry)
    return entry


def cancel(entry):
    entry[2] = None


def text_of(address):
    host = address[0].split("%")[0]
    return "[%s]:%d" % (host, address[1]) if ":" in host else "%s:%d" % (host, address[1])


def new_socket(protocol, family):
    if protocol == "udp":
        made = socket.socket(family, socket.SOCK_DGRAM)
    elif protocol == "sctp":
        made = socket.socket(family, socket.SOCK_STREAM, IPPROTO_SCTP)
    else:
        made = socket.socket(family, socket.SOCK_STREAM)
    made.setblocking(False)
    return made


def family_of(address):
    six = ipaddress.ip_address(address).version == 6
    return socket.AF_INET6 if six else socket.AF_INET


# Servers


def serve(request):
    """Opens a server on one address, or on all of both families."""
    addresses = [request["address"]] if request.get("address") else ["0.0.0.0", "::"]
    opened = []
    try:
        with Inside(request["ns"]):
            for address in addresses:
                opened.append(open_server(request, address))
    except OSError as error:
        for made in opened:
            made.close()
        return answer(request, error=str(error))
    for made in opened:
        if request["protocol"] == "udp":
            on_read = answer_datagrams(made, request)
        else:
            on_read = accept_from(made, request)
        SELECTOR.register(made, selectors.EVENT_READ, on_read)
    SERVERS[request["handle"]] = {"sockets": opened, "clients": set()}
    answer(request)


def open_server(request, address):
    family = family_of(address)
    made = new_socket(request["protocol"], family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if request["protocol"] == "udp":
        # Answers leave with the address that was asked.
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            made.setsockopt(socket.IPPROTO_IP, 8, 1)
    made.bind((address, request["port"]))
    if request["protocol"] != "udp":
        made.listen(1024)
    return made


def greeting(request, source):
    return (json.dumps({"name": request["name"], "source": text_of(source)}) + "\n").encode()


def answer_datagrams(made, request):
    def on_read(_):
        while True:
            try:
                _, ancillary, _, source = made.recvmsg(LINE_LIMIT, 256)
            except OSError:
                return
            if request.get("mode") == "silent":
                continue
            back = []
            for level, kind, data in ancillary:
                if level == socket.IPPROTO_IP and kind == 8:
                    _, spec, target = struct.unpack("=I4s4s", data[:12])
                    back = [(level, kind, struct.pack("=I4s4s", 0, target, spec))]
                elif level == socket.IPPROTO_IPV6:
                    back = [(level, kind, data[:16] + b"\0\0\0\0")]
            try:
                made.sendmsg([greeting(request, source)], back, 0, source)
            except OSError:
                pass

    return on_read


def accept_from(made, request):
    def on_accept(_):
        while True:
            try:
                client, source = made.accept()
            except OSError:
                return
            if request.get("mode") == "reset":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
                continue
            client.setblocking(False)
            server = SERVERS[request["handle"]]
            server["clients"].add(client)
            SELECTOR.register(client, selectors.EVENT_READ, answer_lines(client, source, request, server))

    return on_accept


def answer_lines(client, source, request, server):
    def on_read(_):
        try:
            data = client.recv(LINE_LIMIT)
            if data and request.get("mode") != "silent":
                client.send(greeting(request, source) * data.count(b"\n"))
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            server["clients"].discard(client)
            forget(client)

    return on_read


def forget(made):
    try:
        SELECTOR.unregister(made)
    except (KeyError, ValueError):
        pass
    made.close()


def unserve(request):
    server = SERVERS.pop(request["handle"], None)
    if server:
        for made in [*server["sockets"], *server["clients"]]:
            forget(made)
    answer(request, served=bool(server))


# Clients


class Dial:
    """One connection: opens, asks one line, tells the outcome once."""

    def __init__(self, request, done):
        self.request = request
        self.done = done
        self.started = time.monotonic()
        self.data = b""
        self.source = None
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
            return self.end(failure="closed")
        self.data += data
        if b"\n" in self.data:
            line, self.data = self.data.split(b"\n", 1)
            if self.done:
                said = json.loads(line)
                self.end(answeredBy=said["name"], sourceSeen=said["source"], keep=self.request.get("keep"))

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
        self.total = 0
        self.answered = {}
        self.failures = {}
        self.slowest = 0
        self.stop_request = None
        for _ in range(request["concurrency"]):
            self.next()

    def next(self):
        self.active += 1
        Dial(self.request, self.done)

    def done(self, outcome):
        self.active -= 1
        self.total += 1
        self.slowest = max(self.slowest, outcome["ms"])
        counts, key = (self.failures, outcome["failure"]) if "failure" in outcome else (self.answered, outcome["answeredBy"])
        counts[key] = counts.get(key, 0) + 1
        if self.running:
            after(self.request["pauseMs"], self.next_if_running)
        elif self.active == 0:
            self.finish()

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
            answer(request, total=self.total, answered=self.answered, failures=self.failures, slowestMs=self.slowest)


def load(request):
    LOADS[request["handle"]] = Load(request)
    answer(request)


def unload(request):
    LOADS.pop(request["handle"]).stop(request)


# What needs a namespace but no program


def sysctl(request):
    """Writes kernel settings; names those that were refused."""
    refused = {}
    with Inside(request["ns"]):
        for key, value in request["values"].items():
            try:
                with open("/proc/sys/" + key.replace(".", "/"), "w") as file:
                    file.write(str(value))
            except OSError as error:
                refused[key] = str(error)
    answer(request, refused=refused)


def read(request):
    """Reads a file of /proc as the namespace shows it."""
    try:
        with Inside(request["ns"]):
            with open(request["path"]) as file:
                answer(request, text=file.read())
    except OSError as error:
        answer(request, error=str(error))


def leave(request):
    """Lets go of a namespace that is about to be deleted."""
    descriptor = NAMESPACES.pop(request["ns"], None)
    if descriptor is not None:
        os.close(descriptor)
    answer(request)


OPERATIONS = {
    "serve": serve,
    "unserve": unserve,
    "dial": dial,
    "ask": ask,
    "hang-up": hang_up,
    "load": load,
    "unload": unload,
    "sysctl": sysctl,
    "read": read,
    "leave": leave,
}


def requests():
    """Takes requests until standard input ends."""
    pending = b""

    def on_read(_):
        nonlocal pending
        data = os.read(0, LINE_LIMIT)
        if not data:
            sys.exit(0)
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            request = json.loads(line)
            try:
                OPERATIONS[request["op"]](request)
            except Exception as error:  # told to the one who asked
                answer(request, error=repr(error))

    return on_read


def main():
    namespace("")
    SELECTOR.register(0, selectors.EVENT_READ, requests())
    while True:
        while TIMERS and (TIMERS[0][2] is None or TIMERS[0][0] <= time.monotonic()):
            action = heapq.heappop(TIMERS)[2]
            if action:
                action()
        timeout = max(0, TIMERS[0][0] - time.monotonic()) if TIMERS else None
        for key, events in SELECTOR.select(timeout):
            try:
                key.data(events)
            except Exception as error:
                sys.stderr.write("prober: %r\n" % error)


main()
