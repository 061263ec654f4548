"""Serves and dials in every namespace of the lab from one process.

A socket belongs to the namespace its thread was in when it was made, so one
process enters a namespace, makes the socket and goes on. Requests are JSON
lines on standard input, answers are JSON lines on standard output, each with
the request's id; they may come in another order.

A server answers every line it gets with a JSON line that says its own name
and the address it saw the line come from.
"""

import os

from clients import ask, dial, hang_up, load, resolve, unload
from loop import NAMESPACES, Inside, answer, run
from servers import serve, unserve
from streams import look, stream, unstream


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
    "stream": stream,
    "look": look,
    "unstream": unstream,
    "sysctl": sysctl,
    "read": read,
    "resolve": resolve,
    "leave": leave,
}

run(OPERATIONS)
