"""Trees validated by the workers of a dask cluster. The only module that imports distributed.

What all tasks share, the prepared bindings among it, is a file that every worker gets once, also one that
joins later. The result is that of one machine: a worker with other versions of what decides is refused.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import itertools
import logging
import pickle
import threading
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from distributed import Client, Worker, WorkerPlugin, get_worker
from distributed.client import FutureCancelledError
from distributed.comm.core import CommClosedError
from distributed.scheduler import KilledWorker

from dtgen import trees, verdicts
from dtgen.devicetree import compiler
from dtgen.errors import ToolError
from dtgen.files import write_atomically
from dtgen.trees import Answer, Examiner, Given, Question
from dtgen.workers import Done

_SCHEME = "dask://"
_PATIENCE = 10
"""Seconds to wait for a scheduler, and for a first worker."""
_WORKERLESS = 60
"""Seconds after which a cluster that has lost all its workers is given up."""
_AHEAD = 256
"""Trees that are on their way at once."""


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
        with _client(self.address) as client:
            question = _shared(client, self.question)
            here = environment()
            more, begun = iter(work), deque[tuple[Given | Done[Answer], Any]]()
            while True:
                for piece in itertools.islice(more, _AHEAD - len(begun)):
                    done = isinstance(piece, Done)
                    future = None if done else client.submit(_answer, question, here, piece, pure=False)
                    begun.append((piece, future))
                if not begun:
                    return
                piece, future = begun.popleft()
                yield piece.result if isinstance(piece, Done) else _result(client, future, piece)


@contextlib.contextmanager
def _client(address: str) -> Iterator[Client]:
    """Raises: ToolError where there is no scheduler, or it goes away, or has no workers."""
    place = address.removeprefix(_SCHEME)
    if place == address or not place:
        raise ToolError(f"{address} is no executor", f"give {_SCHEME}HOST:PORT, a dask scheduler's address")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters of it is told in our words
    try:
        client = Client(f"tcp://{place}", timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        remedy = f"start one with `dask scheduler`, and workers with `dask worker tcp://{place} --nthreads 1`"
        raise ToolError(f"there is no dask scheduler at {place}", remedy) from error
    try:
        _wait_for_workers(client, _PATIENCE)
        yield client
    except (CommClosedError, FutureCancelledError) as error:
        remedy = "start it and run the command again: what was validated is not validated again"
        raise ToolError(f"the dask scheduler at {place} has gone", remedy) from error
    finally:
        client.close(timeout=_PATIENCE)


def _wait_for_workers(client: Client, patience: int) -> None:
    """Raises: ToolError where none comes."""
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError as error:
        place = client.scheduler.address
        remedy = f"start some: dask worker {place} --nthreads 1 --nworkers -1"
        raise ToolError(f"the dask scheduler at {place} has no workers", remedy) from error


def _result(client: Client, future: Any, given: Given) -> Answer:
    while True:
        try:
            answer: Answer = future.result(timeout=_PATIENCE)
        except KilledWorker:  # several, one after the other
            return trees.died(given)
        except TimeoutError:
            _wait_for_workers(client, _WORKERLESS)
        else:
            return answer


# What the workers get, once


class _File(WorkerPlugin):  # type: ignore[misc]
    """A file in the directory of every worker; `name` has the digest of its content."""

    idempotent = True

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self._data = zlib.compress(data, 1)

    def setup(self, worker: Worker) -> None:
        write_atomically(Path(worker.local_directory) / self.name, zlib.decompress(self._data), durably=False)


def _shared(client: Client, question: Question) -> str:
    """The name of the question's file, for `_answer`."""
    prepared = question.bindings.file
    client.register_plugin(_File(prepared.name, prepared.read_bytes()))
    bindings = dataclasses.replace(question.bindings, file=Path(prepared.name))
    data = pickle.dumps(dataclasses.replace(question, bindings=bindings))
    name = f"{hashlib.sha256(data).hexdigest()[:32]}.question"
    client.register_plugin(_File(name, data))
    return name


def environment() -> dict[str, str]:
    """What decides, besides the question, what is said of a tree: that of all machines has to be equal."""
    packages = {name: version(name) for name in ("dtschema", "jsonschema", "pylibfdt")}
    return {"dtgen": verdicts.ours(), **packages, "dtc": compiler.find_dtc().version()}


# In a worker

_lock = threading.Lock()
"""dtschema has tables in its modules: one tree at a time."""
_examiners: dict[str, Examiner] = {}
"""The last one, by its question."""


def _answer(question: str, required: dict[str, str], given: Given) -> Answer:
    """Raises: ToolError where the worker would answer otherwise than the one that asks."""
    with _lock:
        if question not in _examiners:
            worker = get_worker()
            here = environment()
            for name, wanted in required.items():
                if here[name] != wanted:
                    raise ToolError(
                        f"the dask worker {worker.address} has {name} {here[name]}, and here is {wanted}",
                        "install the same versions on all machines, or the results would differ",
                    )
            directory = Path(worker.local_directory)
            asked: Question = pickle.loads((directory / question).read_bytes())
            bindings = dataclasses.replace(asked.bindings, file=directory / asked.bindings.file)
            _examiners.clear()
            _examiners[question] = Examiner(dataclasses.replace(asked, bindings=bindings), None)
        return _examiners[question].examine(given)
