"""Namespaces, timers and answers: what servers and clients share."""

import ctypes
import heapq
import ipaddress
import itertools
import json
import os
import selectors
import socket
import sys
import time

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
SELECTOR = selectors.DefaultSelector()
TIMERS = []
ORDER = itertools.count()
NAMESPACES = {}
LINE_LIMIT = 65536
IPPROTO_SCTP = 132


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
    entry = [time.monotonic() + delay_ms / 1000, next(ORDER), action]
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
    if protocol == "sctp" and family == socket.AF_INET6:
        # Else it names the IPv4 addresses too, and a peer behind NAT tries them.
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.setblocking(False)
    return made


def family_of(address):
    six = ipaddress.ip_address(address).version == 6
    return socket.AF_INET6 if six else socket.AF_INET


def forget(made):
    try:
        SELECTOR.unregister(made)
    except (KeyError, ValueError):
        pass
    made.close()


def run(operations):
    """Takes requests from standard input until it ends."""
    namespace("")
    SELECTOR.register(0, selectors.EVENT_READ, requests(operations))
    while True:
        while TIMERS and (TIMERS[0][2] is None or TIMERS[0][0] <= time.monotonic()):
            action = heapq.heappop(TIMERS)[2]
            if action:
                action()
        timeout = max(0, TIMERS[0][0] - time.monotonic()) if TIMERS else None
        for key, events in SELECTOR.select(timeout):
            try:
                key.data(events)
            except Exception as error:  # one broken socket is not the others' end
                sys.stderr.write("prober: %r\n" % error)


def requests(operations):
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
                operations[request["op"]](request)
            except Exception as error:  # told to the one who asked
                answer(request, error=repr(error))

    return on_read
