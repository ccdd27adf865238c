"""Where the devicetrees and overlays of a table are: in it, beside it, or in a kernel tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from pathlib import Path

from dtgen.checks import application
from dtgen.delivery import makefile
from dtgen.delivery.stacks import Found
from dtgen.delivery.table import Configuration, Form, Piece, Table, is_overlay, stem
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.dts import compiler, kernel
from dtgen.errors import Rejected
from dtgen.overlay.stack import Layer, Stack
from dtgen.project import files, layout
from dtgen.project.layout import KernelTree
from dtgen.records import dataclass

_SOURCES = {".dtb": ".dts", ".dtbo": ".dtso"}
_NESTED = 4
"""Composites of a kernel's Makefile that are made of composites; real ones are so once."""


def applied(pieces: Sequence[Found]) -> Stack:
    """A base with overlays applied in their order; there must be one. Raises: Rejected."""
    base, *overlays = pieces
    layers = [Layer(Overlay.of(found.tree), found.data) for found in overlays]
    return application.apply(base.tree, base.data, layers)


@dataclass
class Shelf:
    """Finds pieces; each is read or compiled once."""

    tree: KernelTree | None
    cache: Path
    made: Mapping[str, bytes] = field(default_factory=dict)
    """By file name: what is about to be written, and comes before all files."""
    _found: dict[Path | str, Found | Rejected] = field(default_factory=dict)

    def find(self, table: Table, configuration: Configuration, piece: Piece) -> Found | None:
        """None where it is nowhere. Raises: Rejected where it is there and is no devicetree; ToolError."""
        image = table.images.get(piece.name)
        if table.is_fit and image is None:
            return None
        if image and image.data is not None:
            shown = f"{table.file}: {image.name}"
            return Found(shown, image.data, blob.read(image.data, shown))
        file = table.file_of(configuration, piece)
        name = Path(file).name
        if name in self.made:
            return Found(name, self.made[name], blob.read(self.made[name], name))
        for place in _places(Path(table.file), file):
            if place.suffix in _SOURCES and place.is_file():
                return self._once(place, self._read)
        found = self.named(file)
        if found is None and table.form is Form.YOCTO:
            # which names neither: a base among the overlays, or an overlay first, is found all the same
            found = self.named(f"{piece.name}.dtb") or self.named(f"{piece.name}.dtbo")
        return found

    def named(self, file: str) -> Found | None:
        """By its name, in the kernel tree. Raises: Rejected, ToolError."""
        return self._named(f"{stem(file)}{Path(file).suffix}", 0)

    def _named(self, name: str, depth: int) -> Found | None:
        source, parts = self._sources.get(name), self._composites.get(name)
        if source:
            return self._once(source, self._compiled)
        if not parts or depth > _NESTED:
            return None
        if name not in self._found:
            found = [self._named(f"{stem(part)}{Path(part).suffix}", depth + 1) for part in parts]
            pieces = [piece for piece in found if piece]
            if len(pieces) < len(parts) or not all(map(is_overlay, parts[1:])):
                return None
            self._found[name] = _composite(name, pieces, parts) if len(parts) > 1 else pieces[0]
        return self._given(name)

    def _once(self, place: Path, get: Callable[[Path], Found]) -> Found:
        if place not in self._found:
            try:
                self._found[place] = get(place)
            except Rejected as refusal:
                self._found[place] = refusal
        return self._given(place)

    def _given(self, key: Path | str) -> Found:
        found = self._found[key]
        if isinstance(found, Rejected):
            raise found
        return found

    def _read(self, place: Path) -> Found:
        shown, data = layout.display(place), files.read(place, blob.MAX_SIZE)
        return Found(shown, data, blob.read(data, shown))

    def _compiled(self, source: Path) -> Found:
        assert self.tree
        dtc = compiler.find_dtc(self.tree.root)
        cpp = compiler.find_cpp()
        data = kernel.compile_file(source, self.tree.include, self.cache, dtc, cpp, dtc.version())
        shown = layout.display(source)
        return Found(shown, data, blob.read(data, shown), source)

    @cached_property
    def _sources(self) -> dict[str, Path]:
        """The sources by the names of their blobs, commas as underscores."""
        found: dict[str, Path] = {}
        for ending, suffix in _SOURCES.items() if self.tree else ():
            assert self.tree
            for source in sorted(self.tree.sources.rglob(f"*{suffix}")):
                found.setdefault(f"{source.stem.replace(',', '_')}{ending}", source)
        return found

    @cached_property
    def _composites(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for file in sorted(self.tree.sources.rglob("Makefile")) if self.tree else ():
            text = files.read(file, blob.MAX_SIZE).decode("utf-8", "replace")
            try:
                table = makefile.read(text, layout.display(file))
            except Rejected:
                continue  # said where the Makefile itself is checked
            for configuration in table.configurations:
                name = f"{configuration.name.replace(',', '_')}.dtb"
                found.setdefault(name, tuple(piece.name for piece in configuration.pieces))
        return found


def _places(table: Path, file: str) -> Iterator[Path]:
    """Where a file may be: as it is named from the table; an absolute one, from each directory above it."""
    if not file.startswith("/"):
        yield table.parent / file
        return
    for directory in table.absolute().parents[:3]:
        yield directory / file.lstrip("/")


def _composite(name: str, pieces: Sequence[Found], parts: Sequence[str]) -> Found | Rejected:
    """What kbuild makes of a base and overlays."""
    try:
        stack = applied(pieces)
    except Rejected as refusal:
        return refusal
    tree = blob.read(stack.blob, name)
    return Found(name, stack.blob, tree, pieces[0].source, (*pieces[0].parts, *parts[1:]))
