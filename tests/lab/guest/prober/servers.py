"""Servers: each answers with its own name and the source it saw."""

import json
import selectors
import socket
import struct

from loop import LINE_LIMIT, SELECTOR, Inside, answer, family_of, forget, new_socket, text_of

SERVERS = {}
# Linux's number; Python has no name for it.
IP_PKTINFO = 8


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
            made.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
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
                if level == socket.IPPROTO_IP and kind == IP_PKTINFO:
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
        if not data or request.get("mode") == "once":
            server["clients"].discard(client)
            forget(client)

    return on_read


def unserve(request):
    server = SERVERS.pop(request["handle"], None)
    if server:
        for made in [*server["sockets"], *server["clients"]]:
            forget(made)
    answer(request, served=bool(server))
