"""Trees validated by the workers of a dask cluster. The only module that imports dask.

The prepared bindings are a file that every worker gets once, also one that joins later. The result is that
of one machine: a worker with other versions of what decides is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import logging
import pickle
import tempfile
import threading
import time
import warnings
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dask
from dask.utils import parse_timedelta
from distributed import Client, get_worker
from distributed.client import ClosedClientError
from distributed.core import rpc
from distributed.diagnostics.plugin import UploadFile
from distributed.scheduler import KilledWorker
from distributed.versions import VersionMismatchWarning

from dtgen import __version__
from dtgen.checks import cache
from dtgen.commands import validate_tree
from dtgen.commands.validate_tree import Answer, Examiner, Given, Question
from dtgen.dts import compiler
from dtgen.errors import ToolError
from dtgen.jobs.local import Done
from dtgen.project.files import content, write_atomically, write_privately
from dtgen.records import dataclass

_SCHEME = "dask"
_PATIENCE = 10
"""Seconds to wait for a first worker, and for a file to arrive at one."""
_WORKERLESS = 60
"""Seconds after which a cluster that has lost all its workers is given up."""
_AHEAD = 256
"""Trees that are on their way at once."""
_SAME = "install the same versions on all machines, or the results would differ"

logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what matters is said in our words
warnings.simplefilter("ignore", VersionMismatchWarning)  # `environment` compares what decides


@dataclass(frozen=True, slots=True)
class Cluster:
    """The workers of a scheduler, and what they are asked."""

    address: str
    """`dask://HOST:PORT`."""
    question: Question

    def results(self, work: Iterable[Given | Done[Answer]]) -> Iterator[Answer]:
        """One for each piece of work, in its order, as soon as it and all before it are done.

        Trees of a worker that is lost are given to others. Raises: ToolError.
        """
        place = _place(self.address)
        more, begun = iter(work), deque[tuple[Given | Done[Answer], Any]]()
        with _client(place) as client:
            name, prepared = _named(self.question)
            bindings = dataclasses.replace(self.question.bindings, file=Path(name))
            question = pickle.dumps(dataclasses.replace(self.question, bindings=bindings))
            with _reached(place):
                _share(client, name, prepared)
                asker = _Asker(client, question, environment())
                asker.refuse_strangers()
            while True:
                pieces = tuple(itertools.islice(more, _AHEAD - len(begun)))
                with _reached(place):
                    begun.extend((p, None if isinstance(p, Done) else asker.begin(p)) for p in pieces)
                if not begun:
                    return
                piece, future = begun.popleft()
                if isinstance(piece, Done):
                    yield piece.result
                    continue
                with _reached(place):
                    answer = asker.answer(piece, future, [other for _, other in begun if other])
                yield answer


def _place(address: str) -> str:
    """Its `HOST:PORT`. Raises: ToolError."""
    try:
        parts = urlsplit(address)
        if parts.scheme == _SCHEME and parts.hostname and parts.port and not (parts.path or parts.query):
            return parts.netloc
    except ValueError:  # the port is no number
        pass
    raise ToolError(
        f"{address} is not an executor", f"give {_SCHEME}://HOST:PORT, the address of a dask scheduler"
    )


@contextlib.contextmanager
def _client(place: str) -> Iterator[Client]:
    """Raises: ToolError where there is no scheduler, or it has no workers."""
    address = f"tcp://{place}"
    patience = parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"))
    try:
        # Client would wait without end for one that says nothing
        asyncio.run(asyncio.wait_for(_greet(address), patience))
        client = Client(address, timeout=patience, set_as_default=False)
    except Exception as error:  # of any type: who answers there may speak of anything
        remedy = f"start one with `dask scheduler`, and workers with `dask worker {address} --nthreads 1`"
        raise ToolError(f"there is no dask scheduler at {place}", remedy) from error
    try:
        with _reached(place):
            _wait_for_workers(client, _PATIENCE, "has no workers")
        yield client
    finally:
        with contextlib.suppress(OSError):
            client.close(timeout=_PATIENCE)


async def _greet(address: str) -> None:
    """Raises: any exception where there is no scheduler."""
    async with rpc(address) as there:
        kind = (await there.identity())["type"]
        if kind != "Scheduler":
            raise ValueError(kind)


@contextlib.contextmanager
def _reached(place: str) -> Iterator[None]:
    """Raises: ToolError where the scheduler goes away."""
    try:
        yield
    except (OSError, CancelledError, ClosedClientError) as error:
        remedy = "start it and run the command again: what was validated is not validated again"
        raise ToolError(f"the dask scheduler at {place} has gone", remedy) from error


def _wait_for_workers(client: Client, patience: int, otherwise: str, more: str = "") -> None:
    """Raises: ToolError where none comes."""
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError as error:
        place = client.scheduler.address
        remedy = f"start some: dask worker {place} --nthreads 1 --nworkers -1{more}"
        raise ToolError(f"the dask scheduler at {place.partition('//')[2]} {otherwise}", remedy) from error


def _named(question: Question) -> tuple[str, bytes]:
    """What the bindings are called in a worker, and what they are. Raises: ToolError."""
    file, key = question.bindings.file, question.bindings.key
    try:
        # a user's own file may be called like another one
        return f"{key}{file.suffix if file.stem == key else '.json'}", zlib.compress(content(file), 1)
    except OSError as error:
        raise ToolError(f"cannot read {file}: {error.strerror}", "run dtgen again") from error


def _share(client: Client, name: str, prepared: bytes) -> None:
    """Send the bindings to all workers, also to those that join later."""
    with tempfile.TemporaryDirectory(prefix="dtgen-") as folder:
        file = Path(folder) / _sent(name)
        write_atomically(file, prepared, durably=False)
        # a class of ours could not be loaded by a worker without dtgen, which others may use
        plugin = UploadFile(str(file), load=False)
    plugin.name, plugin.idempotent = f"dtgen-{name}", True
    # a worker that is lost just now, or has no room: the others have it, and `_arrived` tells
    with contextlib.suppress(OSError):
        client.register_plugin(plugin)


def _sent(name: str) -> str:
    return f"{name}.z"


@dataclass(frozen=True, slots=True)
class _Asker:
    client: Client
    question: bytes
    here: Mapping[str, str]

    def refuse_strangers(self) -> None:
        """Raises: ToolError where a worker would answer otherwise, whether or not it will be asked."""
        for address, there in sorted(self.client.run(environment, on_error="return").items()):
            if isinstance(there, OSError):  # it is being lost
                continue
            with _at(address):
                if isinstance(there, ToolError):
                    raise there
                if isinstance(there, Exception):  # of any type: where dtgen is missing, ours cannot be loaded
                    raise ToolError(f"dtgen cannot be run there: {there}", _SAME) from there
                _compare(there, self.here)

    def begin(self, given: Given) -> Any:
        """A future of its answer."""
        return self.client.submit(_answer, self.question, self.here, given, pure=False)

    def answer(self, given: Given, future: Any, others: Iterable[Any]) -> Answer:
        """`others`: the futures of what has been begun besides."""
        try:
            return self._result(given, future)
        except KilledWorker:
            # several workers were lost with it; perhaps it only waited there behind the one to blame
            for other in others:
                self._patiently(given, other, other.exception)
        try:
            return self._result(given, self.begin(given))
        except KilledWorker:
            return validate_tree.died(given)

    def _result(self, given: Given, future: Any) -> Answer:
        answer: Answer = self._patiently(given, future, future.result)
        return answer

    def _patiently(self, given: Given, future: Any, ask: Callable[..., Any]) -> Any:
        """Raises: what the worker raises, ToolError where there are no workers any more."""
        while True:
            try:
                return ask(timeout=_PATIENCE)
            except OSError as error:
                if future.status == "error":
                    raise ToolError(
                        f"a dask worker failed at {given.file}: {error}", "see its log"
                    ) from error
                if not isinstance(error, TimeoutError):
                    raise
            blame = f"; if they are lost again, validate {given.file} alone, without --executor"
            _wait_for_workers(self.client, _WORKERLESS, "has lost all its workers", blame)


# In a worker


def environment() -> dict[str, str]:
    """What decides, besides the question, what is said of a tree: that of all machines has to be equal."""
    return {
        "dtgen": f"{__version__} ({cache.ours()[:12]})",
        "dtc": compiler.find_dtc().version().removeprefix("Version: "),
        **cache.installed(),
    }


_lock = threading.Lock()
"""dtschema has tables in its modules: one tree at a time."""
_examiners: dict[bytes, Examiner] = {}
"""The last one, by its question."""


def _answer(question: bytes, required: Mapping[str, str], given: Given) -> Answer:
    """Raises: ToolError where the worker would answer otherwise than the one that asks."""
    with _lock:
        if question not in _examiners:
            worker = get_worker()
            with _at(worker.address):
                _compare(environment(), required)
                asked: Question = pickle.loads(question)
                file = _arrived(Path(worker.local_directory), asked.bindings.file.name)
                bindings = dataclasses.replace(asked.bindings, file=file)
                _examiners.clear()
                _examiners[question] = Examiner(dataclasses.replace(asked, bindings=bindings), None)
        return _examiners[question].examine(given)


@contextlib.contextmanager
def _at(address: str) -> Iterator[None]:
    try:
        yield
    except ToolError as error:
        raise ToolError(f"the dask worker {address} cannot help: {error}", error.remedy) from error


def _compare(there: Mapping[str, str], here: Mapping[str, str]) -> None:
    """Raises: ToolError."""
    for name, wanted in here.items():
        if there.get(name) != wanted:
            raise ToolError(f"it has {name} {there.get(name)}, and here is {wanted}", _SAME)


def _arrived(directory: Path, name: str) -> Path:
    """The bindings that were sent to a worker. Raises: ToolError where they do not come."""
    file = directory / name
    if file.exists():
        return file
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            sent = directory / _sent(name)
            write_privately(file, zlib.decompress(content(sent)), durably=False)
            sent.unlink()
        except (FileNotFoundError, zlib.error) as error:
            # another run has just begun to send them
            if time.monotonic() > until:
                raise ToolError(
                    "the bindings did not arrive there", "see its log, and start it again"
                ) from error
            time.sleep(0.1)
        else:
            return file
