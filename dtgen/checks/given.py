"""Bases and overlays that a user names as files: blobs as they are, sources compiled as kbuild does."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dtgen import rules
from dtgen.checks.findings import Observation, run
from dtgen.checks.location import Locator, placed
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Diagnostic, Location, Place, Subject
from dtgen.dts import compiler
from dtgen.dts.compiler import Tool
from dtgen.errors import Rejected, ToolError, rejected
from dtgen.overlay.base import Base, Bases, checked, collected
from dtgen.project import files, layout
from dtgen.project.layout import KernelTree
from dtgen.records import dataclass
from dtgen.rules import no_overlay

if TYPE_CHECKING:
    from dtgen.dts.preprocessed import Preprocessed
    from dtgen.overlay.stack import Layer

SOURCES = (".dts", ".dtso")


@dataclass(frozen=True, slots=True)
class Written:
    """An overlay, and where each of its places stands."""

    layer: Layer
    locator: Locator
    warnings: tuple[Diagnostic, ...] = ()
    """dtc's, of the overlay alone: it does not see the nodes around it, and some are false."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads bases and overlays; sources include from their own kernel tree and from those named here."""

    cache: Path
    """Where compiled bases are kept."""
    kernel: KernelTree | None = None
    include: tuple[Path, ...] = ()

    def base(self, file: Path) -> Base:
        """Raises: Rejected where it is no base or does not compile, Unreadable, ToolError."""
        shown = layout.display(file)
        if file.suffix not in SOURCES:
            return checked(file.stem, shown, _content(file))
        include = self.searched(file)
        base = checked(file.stem, shown, self.blob(file), file, self.tree(file))
        return dataclasses.replace(base, include=include)

    def bases(self, given: Iterable[Path]) -> Bases:
        """Raises: ToolError where one cannot be read, or two have one name."""
        by_name: dict[str, Path] = {}
        for file in given:
            other = by_name.setdefault(file.stem, file)
            if other is not file and layout.resolved(other) == layout.resolved(file):
                raise ToolError(f"{layout.display(file)} is given twice", "give it once")
            if other is not file:
                raise ToolError(
                    f"{layout.display(other)} and {layout.display(file)} would give merged blobs of one name",
                    "run dtgen for each, with another -o DIR",
                )
        return collected((name, layout.display(file), self._base(file)) for name, file in by_name.items())

    def _base(self, file: Path) -> Base | Rejected:
        try:
            return self.base(file)
        except Rejected as refusal:
            return refusal

    def blob(self, file: Path) -> bytes:
        """What is in a blob, or a source compiled with `-@`; nothing is checked.

        Raises: Rejected with all mistakes of a source, Unreadable, ToolError.
        """
        if file.suffix not in SOURCES:
            return _content(file)
        from dtgen.checks.source import mistakes
        from dtgen.dts import kernel
        from dtgen.dts.preprocessed import Preprocessed

        include, dtc = self.searched(file), self._dtc(file)
        source = Preprocessed.of(file, include)

        def compiled() -> bytes:
            done = source.base(dtc)
            if done.blob is None:
                raise Rejected(*mistakes(source, done.errors, include))
            return done.blob

        return kernel.kept(source.text, self.cache, dtc.version(), compiled)

    def overlay(self, file: Path) -> Written:
        """Raises: Rejected with all that is wrong, Unreadable, ToolError."""
        shown = layout.display(file)
        if file.suffix in SOURCES:
            return self._compiled(file, shown)
        layer = _layer(_content(file), shown)
        if found := tuple(run(rules.OVERLAY, layer.overlay)):
            raise Rejected(*(in_blob(layer, observation) for observation in found))
        return Written(layer, Locator(shown))

    def _compiled(self, file: Path, shown: str) -> Written:
        from dtgen.checks.source import mistakes
        from dtgen.dts.preprocessed import Preprocessed
        from dtgen.dts.scan import scan
        from dtgen.dts.source import CompiledSource

        include, dtc = self.searched(file), self._dtc(file)
        source = Preprocessed.of(file, include)
        text = source.whole
        if not scan(text).is_overlay:
            raise _no_overlay(files.read(file, blob.MAX_SIZE).decode("utf-8", "replace"), shown)
        compiled = source.overlay(dtc)
        if compiled.blob is None:
            raise Rejected(*mistakes(source, compiled.errors, include))
        positions = dict(source.positions(dtc))
        if not scan(text).fragments:
            raise _nothing_merged(positions, shown)
        layer = _layer(compiled.blob, shown)
        written = CompiledSource(shown, text, layer.overlay)
        # which dtc says nothing of
        if reservations := written.scan.reservations:
            positions["/memreserve/", None] = written.place(reservations[0].line)
        locator = Locator(shown, None, positions, source.mention)
        if lost := tuple(run(rules.SOURCE, written)):
            raise Rejected(*(locator.line(_edited(found, source)) for found in lost))
        return Written(layer, locator, tuple(map(locator.message, compiled.messages)))

    def searched(self, file: Path) -> tuple[Path, ...]:
        """Where a source includes from, besides its own directory.

        Outside of a kernel tree, `lemans.dtsi` stands for the tree's `qcom/lemans.dtsi`.
        """
        own = KernelTree.around(file)
        other = self.kernel if not own or (self.kernel and self.kernel.root != own.root) else None
        trees = (*(own.include if own else ()), *((*other.include, *other.vendors) if other else ()))
        return tuple(dict.fromkeys((*self.include, *trees)))

    def tree(self, file: Path) -> KernelTree | None:
        """What a source is a part of, or else includes from."""
        return KernelTree.around(file) or self.kernel

    def _dtc(self, file: Path) -> Tool:
        tree = self.tree(file)
        return compiler.find_dtc(tree.root if tree else None)


def _content(file: Path) -> bytes:
    """Of a blob. Raises: Rejected where the file is a description, Unreadable."""
    data = files.read(file, blob.MAX_SIZE)
    if layout.is_description(file):
        shown = layout.display(file)
        help = f"build it: dtgen build {shown}"
        raise rejected("malformed-blob", "this is a description, not a devicetree", Location(shown), help)
    return data


def instead(refusal: Rejected, help: str) -> Rejected:
    """Of a base that was given for an overlay where there is no order of the two: what to do."""
    found = refusal.diagnostics
    return Rejected(*(dataclasses.replace(d, help=help) if d.help == no_overlay.ORDER else d for d in found))


def in_blob(layer: Layer, observation: Observation) -> Diagnostic:
    """Of a place of an overlay that has no source."""
    subject, where = observation.finding.subject, Location(layer.file)
    return placed(observation, where, None if subject == Subject("/") else Place(subject, where))


def _edited(found: Observation, source: Preprocessed) -> Observation:
    """Where a person edits what was found in the text that dtc sees."""
    where = found.finding.location
    finding = dataclasses.replace(found.finding, location=where and source.place(where))
    return dataclasses.replace(found, finding=finding)


def _layer(data: bytes, shown: str) -> Layer:
    from dtgen.overlay.stack import Layer

    return Layer(Overlay.of(blob.read_one(data, shown)), data)


def _nothing_merged(positions: Mapping[tuple[str, str | None], Location], shown: str) -> Rejected:
    """Of an overlay without a fragment, or of one whose fragment has something else than an `__overlay__`."""
    for (path, name), where in positions.items():
        parent, _, child = path.rpartition("/")
        if name is None and not {(parent, "target"), (parent, "target-path")}.isdisjoint(positions):
            message = f"{parent} has a target, and no __overlay__: nothing of it is merged"
            return rejected("no-overlay", message, where, f"is {child} meant to be __overlay__?")
    return rejected(
        "no-overlay",
        "nothing in this overlay is merged: all of it is in / { … };",
        positions.get(("/", None), Location(shown)),
        "write &label { … }; or &{/path} { … };",
    )


def _no_overlay(text: str, shown: str) -> Rejected:
    from dtgen.dts import slips
    from dtgen.dts.scan import without_comments

    if not without_comments(text).strip():
        return rejected("no-overlay", slips.EMPTY, Location(shown), "begin it with /dts-v1/; and /plugin/;")
    at = max(text.find("/dts-v1/"), 0)
    return rejected(
        "no-overlay",
        "/plugin/; is missing: without it dtc compiles a base, not an overlay",
        Location(shown, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)),
        "write /plugin/; in the line after /dts-v1/;",
    )
