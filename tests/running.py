"""dtgen in a process of its own, as a person runs it, without the start of an interpreter.

One process for each of the tests' has the modules loaded, and makes a copy of itself for each run: nothing of a
run is left for the next one. What hangs on the start itself (`PYTHON…`, the locale) has to start one.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_LOADED = (
    "click", "jinja2", "libfdt", "ruamel.yaml", "dtgen.cli", "dtgen.commands.apply", "dtgen.commands.build",
    "dtgen.commands.check", "dtgen.commands.diagnose", "dtgen.commands.validate",
)  # fmt: skip
_LENGTH = struct.Struct("!I")
_AT_START = ("PYTHON", "LC_", "LANG")


def dtgen(
    *arguments: str | Path, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Its exit code, stdout and stderr; `variables` besides those of the environment."""
    return run(arguments, {**os.environ, **variables}, cwd or Path.cwd())


def run(
    arguments: Sequence[str | Path], environment: Mapping[str, str], cwd: Path
) -> subprocess.CompletedProcess[str]:
    """In exactly this environment."""
    words = [str(argument) for argument in arguments]
    if any(environment.get(name) != os.environ.get(name) for name in _at_start(environment, os.environ)):
        command = [sys.executable, "-m", "dtgen", *words]
        given = {**environment, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=cwd, env=given, capture_output=True, text=True, check=False)
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as error,
        Path(os.devnull).open("rb") as null,
    ):
        request = json.dumps([words, dict(environment), str(cwd)]).encode()
        server = _server(os.getpid())
        socket.send_fds(server, [_LENGTH.pack(len(request))], [null.fileno(), out.fileno(), error.fileno()])
        server.sendall(request)
        (code,) = struct.unpack("!i", _received(server, 4))
        texts = []
        for stream in (out, error):
            stream.seek(0)
            texts.append(stream.read().decode())
    return subprocess.CompletedProcess(["dtgen", *words], code, *texts)


def _at_start(*environments: Mapping[str, str]) -> set[str]:
    """The variables that an interpreter reads once."""
    return {name for variables in environments for name in variables if name.startswith(_AT_START)}


@cache
def _server(owner: int) -> socket.socket:
    """Of this process alone."""
    del owner
    ours, theirs = socket.socketpair()
    command = [sys.executable, __file__, str(theirs.fileno())]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment, cwd="/")
    theirs.close()
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def _received(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def _serve(connection: socket.socket) -> None:
    """Returns in each copy, which goes on as dtgen; and ends where the tests do."""
    while True:
        head, given, _, _ = socket.recv_fds(connection, _LENGTH.size, 3)
        if not head:
            os._exit(0)
        words, environment, directory = json.loads(_received(connection, *_LENGTH.unpack(head)))
        child = os.fork()
        if child == 0:
            connection.close()
            for number, descriptor in enumerate(given):
                os.dup2(descriptor, number)
                os.close(descriptor)
            os.environ.clear()
            os.environ.update(environment)
            os.chdir(directory)
            sys.argv[1:] = words
            return
        for descriptor in given:
            os.close(descriptor)
        _, status = os.waitpid(child, 0)
        connection.sendall(struct.pack("!i", os.waitstatus_to_exitcode(status)))


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    for module in _LOADED:
        __import__(module)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _serve(socket.socket(fileno=int(sys.argv.pop(1))))
    runpy.run_module("dtgen", run_name="__main__", alter_sys=True)
