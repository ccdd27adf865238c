"""The line of a description that is to be changed, and what other descriptions of the SoC have there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from pathlib import PurePath

from dtgen.bringup.change import Edits, Owner
from dtgen.bringup.verdict import Remedy
from dtgen.description.board import Board
from dtgen.description.values import Cells, NodeSource, PropertySource, Reference, Strings, Target
from dtgen.description.yaml import Document
from dtgen.diagnostics import Location, Subject
from dtgen.hardware.iommu import StreamMatch
from dtgen.records import dataclass


@dataclass(frozen=True)
class BoardEdits(Edits):
    """Where a board's description writes a place of the tree."""

    board: Board | None = None
    own: Document | None = None
    """The description's own file, without what it extends."""
    others: tuple[Board, ...] = ()
    """Descriptions of the same SoC: what it extends comes first."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """Label to path."""

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        """Path to label: the one that a description uses, where a node has several."""
        used = {target.target for board in self._boards for target in board.targets}
        found = {path: label for label, path in self.paths.items()}
        return found | {path: label for label, path in self.paths.items() if label in used}

    @property
    def _boards(self) -> tuple[Board, ...]:
        return (*((self.board,) if self.board else ()), *self.others)

    @cached_property
    def _written(self) -> Mapping[str, Mapping[Subject, PropertySource | NodeSource | Target]]:
        """By board, what each writes where."""
        return {board.name: dict(self._of(board)) for board in self._boards}

    def _of(self, board: Board) -> Iterator[tuple[Subject, PropertySource | NodeSource | Target]]:
        for target in board.targets:
            path = target.target if target.is_path else self.paths.get(target.target)
            if path:
                yield Subject(path), target
                yield from _below(target, path)

    def _here(self, subject: Subject) -> PropertySource | NodeSource | Target | None:
        return self._written[self.board.name].get(subject) if self.board else None

    def _elsewhere(self, subject: Subject) -> Iterator[tuple[Board, PropertySource]]:
        """What the other descriptions write there."""
        for board in self.others:
            written = self._written[board.name].get(subject)
            if isinstance(written, PropertySource):
                yield board, written

    def _section(self, name: str) -> Location | None:
        """Where a new entry of the section goes: its own line, or the top of the file."""
        return self.own.location((name,)) if self.own else None

    @property
    def known(self) -> bool:
        return self.board is not None

    def wrote(self, subject: Subject) -> bool:
        return self._here(subject) is not None

    def at(self, subject: Subject, text: str) -> Remedy:
        place = subject
        while self._here(place) is None and place.path not in ("", "/"):
            place = Subject(place.path if place.property else place.path.rpartition("/")[0] or "/")
        here = self._here(place)
        return Remedy(text, here.location if here else None)

    def stream(self, name: str, path: str) -> Remedy:
        subject = Subject(path, "iommus")
        own = self._here(subject)
        mine = own.value if isinstance(own, PropertySource) else None
        there = [(board, theirs) for board, theirs in self._elsewhere(subject) if theirs.value != mine]
        wanted = f"{_yaml(there[0][1])}   ({_origin(*there[0])})" if there else ""
        if isinstance(own, PropertySource):
            return Remedy(f"{_yaml(own)} -> {wanted or 'the stream of its firmware'}", own.location)
        label = self._labels.get(path, name)
        new = f"streams: {{{label}: {{iommus: [{wanted or '…'}]}}}}"
        if there:
            new = f"streams: {{{label}: {{iommus: [{_yaml(there[0][1])}]}}}}   ({_origin(*there[0])})"
        return Remedy(new, self._section("streams"))

    def owners(self, smmu: str, sid: int) -> tuple[Owner, ...]:
        # what extends a description has its lines, too
        return tuple(dict.fromkeys(self._owners(smmu.removeprefix("&"), sid)))

    def _owners(self, smmu: str, sid: int) -> Iterator[Owner]:
        for board in self._boards:
            for subject, prop in self._written[board.name].items():
                if not isinstance(prop, PropertySource) or subject.property != "iommus":
                    continue
                label = self._labels.get(subject.path, subject.path)
                if _has(prop, smmu, sid):
                    text = f"{label} has it in {_file(prop.location)}:{prop.location.line}: {_yaml(prop)}"
                    yield Owner(
                        f"{text} ({prop.source or 'without a source'})", self.stream(label, subject.path)
                    )

    def disable(self, name: str, path: str) -> Remedy:
        return self._status("disable", "disabled", name, path)

    def enable(self, name: str, path: str) -> Remedy:
        return self._status("enable", "okay", name, path)

    def _status(self, section: str, status: str, name: str, path: str) -> Remedy:
        subject = Subject(path, "status")
        own = self._here(subject)
        label = self._labels.get(path, name)
        if isinstance(own, PropertySource) and own.value == Strings((status,)):
            text = f"nothing: {label} is there under {section}; boot the tree that this description builds"
            return Remedy(text, own.location)
        if own:
            return Remedy(f"{label}: under {section}, not here", own.location)
        theirs = next((e for _, e in self._elsewhere(subject) if e.value == Strings((status,))), None)
        has = f"   ({_file(theirs.location)}:{theirs.location.line} has it)" if theirs else ""
        return Remedy(f"{section}: {{{label}: {{why: …}}}}{has}", self._section(section))

    def boot(self, tree: str) -> Remedy:
        if self.board is None:
            return super().boot(tree)
        stem = tree.rpartition("/")[2].removesuffix(".dtb")
        suffix = self.board.overlay.suffix
        if stem.endswith(f"-{suffix}"):
            return Remedy(f"boot what `dtgen build {self.board.name}` writes: {tree} has no streams")
        return Remedy(f"boot {stem}-{suffix}.dtb (dtgen build {self.board.name} --base {tree})")


def _below(
    node: Target | NodeSource, path: str
) -> Iterator[tuple[Subject, PropertySource | NodeSource | Target]]:
    for prop in node.properties:
        yield Subject(path, prop.name), prop
    for child in node.children:
        yield Subject(f"{path}/{child.name}"), child
        yield from _below(child, f"{path}/{child.name}")


def _has(prop: PropertySource, smmu: str, sid: int) -> bool:
    """Whether a stream of the property has the ID."""
    if not isinstance(prop.value, Cells):
        return False
    for label, *cells in prop.value.groups:
        numbers = [cell for cell in cells if isinstance(cell, int)]
        ours = isinstance(label, Reference) and label.label == smmu and len(numbers) == len(cells)
        if ours and numbers and StreamMatch(*numbers[:2]).matches(sid):
            return True
    return False


def _yaml(prop: PropertySource) -> str:
    """A stream as a description has it: `[apps_smmu, 0x3000, 0x0]`."""
    if not isinstance(prop.value, Cells):
        return prop.name
    groups = (
        ", ".join(cell.label if isinstance(cell, Reference) else f"{cell:#x}" for cell in group)
        for group in prop.value.groups
    )
    return ", ".join(f"[{group}]" for group in groups)


def _file(location: Location) -> str:
    """Below the current directory as it is; of dtgen's own files the name is enough."""
    return PurePath(location.file).name if PurePath(location.file).is_absolute() else location.file


def _origin(board: Board, prop: PropertySource) -> str:
    return f"{board.name}: {prop.source}" if prop.source else board.name
