"""`dtgen diagnose`: a board's log, with the tree that ran and the description that it was built from."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from dtgen import words
from dtgen.bringup import boots, running, search, source
from dtgen.bringup.boots import Boot, Log
from dtgen.bringup.case import Case
from dtgen.bringup.change import Edits
from dtgen.bringup.description import BoardEdits
from dtgen.bringup.diagnosis import Diagnosis, diagnose
from dtgen.bringup.search import Tally
from dtgen.bringup.source import Archive
from dtgen.bringup.tree import KnownTree
from dtgen.checks import application
from dtgen.description import provenance, render, yaml
from dtgen.description.board import Board, load
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.dts import compiler
from dtgen.errors import Rejected, ToolError
from dtgen.hardware.system import System
from dtgen.overlay import board_base
from dtgen.overlay.base import Base
from dtgen.overlay.merge import Merged
from dtgen.overlay.stack import Layer
from dtgen.project import files, layout
from dtgen.project.layout import Finder
from dtgen.records import dataclass

_EL2 = 2
_COUNTERS = 4 << 20
"""Bytes of a table of interrupts."""


@dataclass(frozen=True, slots=True)
class DiagnoseRequest:
    """What is to be diagnosed, and with what."""

    logs: tuple[str, ...]
    """Files, archives, or `-`."""
    tree: Path | None = None
    board: str | None = None
    against: Path | None = None
    interrupts: Path | None = None
    boot: int | None = None
    """None: the last one."""
    every: bool = False
    """Every boot of each log."""
    level: int | None = None


@dataclass(frozen=True, slots=True)
class DiagnosedBoot:
    """A boot and what it shows."""

    number: int
    boot: Boot
    level: int | None
    diagnosis: Diagnosis
    remarks: tuple[str, ...]
    """What to know of how it was diagnosed."""


@dataclass(frozen=True, slots=True)
class DiagnosedLog:
    """A log and what its boots show."""

    log: Log
    boots: tuple[DiagnosedBoot, ...]
    tree: str | None
    """The tree that ran, as messages call it."""
    board: str | None

    @property
    def errors(self) -> int:
        """Causes that are certain or likely."""
        return sum(found.verdict.confidence.fails for boot in self.boots for found in boot.diagnosis.causes)


def diagnosed(request: DiagnoseRequest, finder: Finder) -> Iterator[DiagnosedLog]:
    """Each log by itself. Raises: ToolError, Rejected where the tree or the description is wrong."""
    description = _Description.of(request.board, finder) if request.board else None
    given = running.of_blob(request.tree) if request.tree else None
    against = running.of_blob(request.against) if request.against else None
    counters = files.read(request.interrupts, _COUNTERS) if request.interrupts else None
    for name in request.logs:
        archive = source.archive(name)
        ran = given or (running.of_archive(archive) if archive else None)
        table = counters or (archive.interrupts if archive else b"")
        with _stream(name, archive) as stream:
            log = boots.read(stream, source.display(name), request.boot, request.every)
        if not log.boots:
            raise ToolError(
                f"{log.name} has {words.counted(log.count, 'boot')}, not {request.boot}",
                "leave --boot out for the last one",
            )
        counted = str(request.interrupts) if request.interrupts else f"{log.name}: interrupts.txt"
        whole = bool(table) and (request.every or request.boot in (None, log.count))
        if whole:
            _count(log.boots[-1], table, counted)
        yield _log(log, request, ran, against, description, whole)


def _count(boot: Boot, table: bytes, file: str) -> None:
    """Give the boot that runs its table of interrupts: it says nothing of those before."""
    for event in search.events(io.BytesIO(table), Tally()):
        boot.add(replace(event, file=file))
    boot.settle()


def _log(
    log: Log,
    request: DiagnoseRequest,
    ran: Tree | None,
    against: Tree | None,
    description: _Description | None,
    whole: bool,
) -> DiagnosedLog:
    """`whole`: whether the last of the boots has its table of interrupts."""
    found = []
    first = 1 if request.every else request.boot or log.count
    for number, boot in enumerate(log.boots, first):
        said, level = Case(boot).level, Case(boot, given_level=request.level).level
        tree = _known(level, ran, against, description)
        edits = description.edits(ran) if description else Edits()
        case = Case(boot, tree, request.level, edits, whole and boot is log.boots[-1])
        remarks = (_overruled(said, level), description.unnamed(ran) if description else None)
        found.append(DiagnosedBoot(number, boot, level, diagnose(case), tuple(filter(None, remarks))))
    return DiagnosedLog(log, tuple(found), ran.file if ran else None, request.board)


def _overruled(said: int | None, level: int | None) -> str | None:
    """Where the user says another level than the log."""
    return f"--el {level} was taken, and the log says EL{said}" if said and said != level else None


def _known(
    level: int | None, ran: Tree | None, against: Tree | None, description: _Description | None
) -> KnownTree | None:
    """The tree that ran; or, of a description alone, the one that was built for the names in it."""
    pas = description.board.pas_at_el2 if description else (True if level == _EL2 else None)
    before = System(Merged.unchanged(against, b"")) if against else None
    if ran:
        return KnownTree(System(Merged.unchanged(ran, b""), pas), True, before)
    if description and isinstance(description.built, Merged):
        return KnownTree(System(description.built, pas), False, before)
    return None


@contextmanager
def _stream(name: str, archive: Archive | None) -> Iterator[BinaryIO]:
    if archive:
        if not archive.log:
            raise source.empty(f"the log of {source.display(name)}")
        yield io.BytesIO(archive.log)
    else:
        with source.opened(name) as stream:
            yield stream


@dataclass(frozen=True)
class _Description:
    """A board's description, with what it builds on its built-in base: that is made where it is used."""

    board: Board
    own: yaml.Document
    others: tuple[Board, ...]
    finder: Finder

    @classmethod
    def of(cls, name: str, finder: Finder) -> _Description:
        finder = finder.of_board(name)
        board = load(name, finder)
        file = finder.board_file(name)
        related = provenance.related(board, finder)
        others = sorted(related, key=lambda other: other.name not in board.lineage)
        return cls(board, yaml.read(file, layout.display(file)), tuple(others), finder)

    def edits(self, ran: Tree | None) -> BoardEdits:
        """With the labels of the tree that ran, and those of the built-in base where it has none."""
        base = None if isinstance(self.base, Rejected) else self.base.tree
        symbols: dict[str, str] = {}
        for tree in (base, ran):
            symbols |= tree.symbols if tree else {}
        return BoardEdits(board=self.board, own=self.own, others=self.others, paths=symbols)

    def unnamed(self, ran: Tree | None) -> str | None:
        """Why nodes have no names from it; None where they have, or where the tree that ran has them."""
        outcome = self.base if ran else self.built
        if not isinstance(outcome, Rejected) or (ran and ran.symbols):
            return None
        name, why = self.board.name, outcome.diagnostics[0].message
        return f"no node is named from {name}, which does not build: {why}; see dtgen build {name}"

    @cached_property
    def base(self) -> Base | Rejected:
        try:
            (base,) = board_base.lean(self.board, self.finder, compiler.find_dtc()).available
        except Rejected as refusal:
            return refusal
        return base

    @cached_property
    def built(self) -> Merged | Rejected:
        """The built-in base with the overlay."""
        base = self.base
        if isinstance(base, Rejected):
            return base
        try:
            text = render.render(self.board, self.finder)
            data = compiler.compile_overlay(text.text, text.name, compiler.find_dtc()).required()
            layer = Layer(Overlay.of(blob.read(data, text.name)), data)
            return application.apply(base.tree, base.blob, (layer,)).merged
        except Rejected as refusal:
            return refusal


def names(logs: Sequence[str]) -> tuple[str, ...]:
    """The logs, the standard input where none is given."""
    return tuple(logs) or (source.STDIN,)
