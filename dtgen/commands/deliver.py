"""`dtgen deliver`: what loaders and builds read, written only when every stack of it was proved.

Board → Build → Plan → texts and images → Delivery (read back) → diagnostics → all files, or none
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dtgen.checks import allow
from dtgen.checks.pieces import Shelf, applied
from dtgen.checks.stacks import Prover
from dtgen.commands.build import Build, Builder, BuildRequest
from dtgen.commands.check_table import TableChecker
from dtgen.delivery import bls, extlinux, fit, forms, grub, its, makefile, patch, uki, vfat, yocto
from dtgen.delivery.plan import Entry, Plan, Render
from dtgen.delivery.stacks import Found
from dtgen.description import template
from dtgen.description.board import BaseSource, Board, load
from dtgen.devicetree import blob
from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.dts import compiler
from dtgen.errors import Rejected, ToolError, rejected
from dtgen.project import files, layout
from dtgen.project.layout import Finder, KernelTree
from dtgen.records import dataclass
from dtgen.results import BuildResult, CheckResult, DeliverResult, FileResult, TreeResult

_TEXTS: Mapping[str, Callable[[Plan, Render], dict[str, str]]] = {
    "makefile": makefile.write,
    "its": its.write,
    "yocto": yocto.write,
    "extlinux": extlinux.write,
    "bls": bls.write,
    "grub": grub.write,
    "uki": uki.write,
}
FORMATS = (*_TEXTS, "fit", "qcom", "patch")
_BY_COMPATIBLE = ("yocto", "qcom")
_MARK = "\ue000"


@dataclass(frozen=True, slots=True)
class DeliverRequest:
    """What is to be delivered."""

    board: str
    formats: tuple[str, ...]
    output: Path
    bases: tuple[Path, ...] = ()
    """Blobs. Empty: those of the kernel tree."""
    metadata: Path | None = None
    """qcom-metadata; None: as the description says."""
    update: bool = False
    """Write the stanzas into the kernel's Makefile, and nothing else."""


def has_own_bases(name: str, finder: Finder) -> bool:
    """Whether a description names bases of its project. Raises: Rejected where it is wrong, ToolError."""
    return any(base.is_own for base in load(name, finder).bases)


def deliver(builder: Builder, request: DeliverRequest) -> DeliverResult:
    """Raises: ToolError."""
    build = builder.assemble(BuildRequest(request.board, request.bases, request.output))
    shown = _shown_result(build.result, request.board)
    board = build.board
    if board is None or build.result.errors or not all(base.applied for base in build.result.bases):
        return DeliverResult(CheckResult((shown,), ()), ())
    try:
        delivery = _Delivery(builder, request, build, board)
        outputs = delivery.outputs()
        tables = tuple(delivery.checked(outputs))
    except Rejected as refusal:
        wrong = FileResult(shown.file, shown.kind, (*shown.diagnostics, *refusal.diagnostics), shown.trees)
        return DeliverResult(CheckResult((wrong,), ()), ())
    result = CheckResult((shown, *tables), ())
    if result.errors:
        return DeliverResult(result, ())
    written = {place: data for place, data in outputs.items() if not _same(place, data)}
    files.write_together(written)
    names = tuple(map(layout.display, written if request.update else outputs))
    return DeliverResult(result, names, delivery.notes)


def _shown_result(result: BuildResult, board: str) -> FileResult:
    trees = tuple(
        TreeResult(board, base.file, base.assessment, base.applied, None, view=base.view)
        for base in result.bases
    )
    notes = (*result.notes, *(note for base in result.bases for note in base.notes))
    return FileResult(board, "description", result.diagnostics, trees, result.bindings, notes)


def _same(place: Path, data: bytes) -> bool:
    return place.is_file() and files.read(place, fit.MAX_SIZE) == data


def _kind(base: BaseSource, path: str) -> str:
    return "dtb" if path == base.dts else "dtbo"


class _Delivery:
    """One description that was built, with its blobs by file name."""

    def __init__(self, builder: Builder, request: DeliverRequest, build: Build, board: Board) -> None:
        self.builder, self.request, self.build, self.board = builder, request, build, board
        self.kernel: KernelTree | None = builder.kernel
        self.shelf = Shelf(self.kernel, builder.cache)
        self.places: dict[str, Path] = {}
        self.blobs: dict[str, bytes] = {}
        self.notes: tuple[str, ...] = ()
        self.labels: dict[str, str] = {}
        self.built: set[tuple[bytes, ...]] = set()
        """The stacks that were validated when they were built."""
        self.plan = self._plan()

    def outputs(self) -> dict[Path, bytes]:
        """What is to be written where. Raises: Rejected, ToolError."""
        if self.request.update:
            return {place: _encoded(new) for place, _, new in self._makefiles()}
        self._check_compatibles()
        found: dict[str, bytes] = {
            f"{self.plan.overlay}.dtso": self.build.overlay[f"{self.plan.overlay}.dtso"]
        }
        for name in self.request.formats:
            if name in _TEXTS:
                texts = _TEXTS[name](self.plan, self._render)
                found |= {file: text.encode() for file, text in texts.items()}
        if "fit" in self.request.formats:
            found |= fit.of_plan(self.plan, self.blobs)
        if "qcom" in self.request.formats:
            image = fit.of_qualcomm(self.plan, self.blobs, self._metadata())
            found |= image | self._partition(image)
        if "patch" in self.request.formats:
            found |= {file: _encoded(text) for file, text in self._patches().items()}
        outputs = {self.places[name]: data for name, data in self.blobs.items()}
        return outputs | {self.request.output / file: data for file, data in found.items()}

    def checked(self, outputs: Mapping[Path, bytes]) -> Iterator[FileResult]:
        """Each table, read back and proved with the blobs that are to lie beside it. Raises: Rejected."""
        prover = Prover(Shelf(self.kernel, self.builder.cache, self.blobs))
        severities, inspector = self.builder.severities, self.builder.inspector(self.board)
        checker = TableChecker(prover, inspector, severities, self.board.pas_at_el2, self.built)
        for place, data in outputs.items():
            reader = None if place.name in self.blobs else forms.reader_of(place, data)
            if reader is None:
                continue
            table = forms.read(reader, data, layout.display(place))
            metadata = forms.embedded_metadata(table) or self._names()
            if self.request.update:
                mine = tuple(c for c in table.configurations if c.name in self.stanzas)
                table = dataclasses.replace(table, configurations=mine)
            outcome = checker.of(prover.prove(table, metadata))
            trees = tuple(map(self._judged, outcome.trees))
            yield FileResult(table.file, "table", outcome.diagnostics, trees)

    def _judged(self, tree: TreeResult) -> TreeResult:
        """With what the description allows."""
        judged, _ = allow.allowed(tree.assessment, self.board.allow, self.labels)
        return dataclasses.replace(tree, assessment=judged)

    @property
    def stanzas(self) -> frozenset[str]:
        """What our composites are called in a Makefile, which has those of others, too."""
        return frozenset(entry.merged for entry in self.plan.entries)

    def _plan(self) -> Plan:
        """With the blobs of its entries. Raises: Rejected, ToolError."""
        deliver = self.board.deliver
        entries = tuple(self._entry(name) for name in (base.name for base in self.build.result.bases))
        overlay = self.board.overlay.name
        return Plan(
            self.board.name,
            overlay,
            entries,
            deliver.el2,
            deliver.gunyah,
            deliver.arguments,
            deliver.load,
        )

    def _entry(self, name: str) -> Entry:
        board = self.board
        source = next((base for base in board.bases if base.name == name), None)
        directory = source.dts.rpartition("/")[0] if source and not source.is_own else ""
        merged, own = f"{name}-{board.overlay.suffix}", board.overlay.name
        base: str = name
        around = board.deliver.around.get(name, ((), ()))
        before, after = (tuple(Path(file).stem for file in each) for each in around)
        overlays: tuple[str, ...] = (*before, own, *after)
        if source and (self.kernel or source.is_own) and not self.request.bases:
            base, overlays = Path(source.dts).stem, (*(Path(o).stem for o in source.overlays), *overlays)
        entry = Entry(base, overlays, merged, directory, board.deliver.compatible.get(name))
        data = {f"{base}.dtb": self._base(name, base)}
        for overlay in overlays:
            file = f"{overlay}.dtbo"
            data[file] = self.build.overlay[file] if overlay == own else self._found(file)
        pieces = [Found(file, content, blob.read(content, file)) for file, content in data.items()]
        self.labels |= pieces[0].tree.symbols
        if before or after:
            data[f"{merged}.dtb"] = applied(pieces).blob
        else:
            data[f"{merged}.dtb"] = self.build.outputs[self.request.output / f"{merged}.dtb"]
            self.built.add(tuple(piece.data for piece in pieces))
        for file, content in data.items():
            self._add(entry, file, content)
        return entry

    def _add(self, entry: Entry, file: str, data: bytes) -> None:
        self.blobs[file] = data
        self.places[file] = self.request.output / entry.place / file

    def _base(self, name: str, stem: str) -> bytes:
        for given in self.request.bases:
            if given.stem == name:
                return self.builder.reader.blob(given)
        return self._found(f"{stem}.dtb")

    def _found(self, file: str) -> bytes:
        stem, _, kind = file.rpartition(".")
        for base in self.board.bases:
            for path in base.sources:
                if layout.is_own(path) and Path(path).stem == stem and kind == _kind(base, path):
                    return self.builder.reader.blob(base.file(path, self.kernel))
        found = self.shelf.named(file)
        if found is None:
            raise ToolError(f"there is no {file} to deliver", "give --kernel DIR, or --base FILE.dtb")
        return found.data

    def _render(self, name: str, values: Mapping[str, Any]) -> str:
        """Raises: Rejected."""
        finder: Finder = self.builder.finder.of_board(self.request.board)
        return template.render(
            f"deliver/{name}",
            finder.template_directories(),
            values,
            {"plain": _plain, "cell": hex},
            _MARK,
            self.board.deliver.location,
        )

    def _check_compatibles(self) -> None:
        """Raises: Rejected where a format is asked for that needs what the description says of no base."""
        wanted = [name for name in self.request.formats if name in _BY_COMPATIBLE]
        lacking = [entry.base for entry in self.plan.entries if entry.compatible is None]
        if not wanted or not lacking:
            return
        formats, bases = " and ".join(wanted), ", ".join(lacking)
        if len(lacking) < len(self.plan.entries):
            self.notes += (f"not in {formats}, since deliver.compatible does not name them: {bases}",)
        else:
            needs = f"{formats} {'need' if wanted[1:] else 'needs'} it"
            raise rejected(
                "board-format",
                f"deliver.compatible says nothing of {bases}, and {needs}",
                self.board.deliver.location,
                f'for example: deliver: {{compatible: {{{lacking[0]}: "qcom,BOARD-iot"}}}}',
            )

    def _metadata(self) -> bytes:
        """qcom-metadata's blob. Raises: Rejected, ToolError."""
        file, said = self.request.metadata, self.board.deliver.metadata
        if file is None and said:
            file = Path(self.board.deliver.location.file).parent / said
        if file is None:
            raise ToolError(
                "qcom needs the blob of qcom-metadata, which the firmware's packages have",
                "give --metadata qcom-metadata.dtb, or deliver.metadata in the description",
            )
        data = files.read(file, blob.MAX_SIZE)
        shown = layout.display(file)
        if file.suffix == ".dts":
            data = compiler.compile_base(data, shown, compiler.find_dtc()).required()
        blob.read(data, shown)
        return data

    def _partition(self, image: Mapping[str, bytes]) -> dict[str, bytes]:
        """`dtb.bin`, where there are the tools that make it. Raises: ToolError."""
        if lacking := vfat.missing():
            self.notes += (f"dtb.bin was not made: {' and '.join(lacking)} are not installed",)
            return {}
        return {"dtb.bin": vfat.image(*next(iter(image.items())))}

    def _names(self) -> frozenset[str] | None:
        """What suffixes of compatibles may name; None where qcom-metadata is not given. Raises: Rejected."""
        if self.request.metadata is None and self.board.deliver.metadata is None:
            return None
        return fit.metadata(self._metadata(), "qcom-metadata.dtb")

    def _makefiles(self) -> Iterator[tuple[Path, str, str]]:
        """The kernel's Makefiles, as they are and with the plan's stanzas. Raises: ToolError."""
        if self.kernel is None:
            raise ToolError("the Makefile to update is a kernel tree's", "give --kernel DIR")
        for directory in dict.fromkeys(entry.directory for entry in self.plan.entries):
            mine = [entry for entry in self.plan.entries if entry.directory == directory]
            place = self.kernel.sources / directory / "Makefile"
            old = _decoded(files.read(place, blob.MAX_SIZE))
            plan = Plan(self.plan.board, self.plan.overlay, tuple(mine))
            yield place, old, makefile.updated(old, layout.display(place), plan)

    def _patches(self) -> dict[str, str]:
        """Raises: ToolError."""
        changes = []
        directory = next((entry.directory for entry in self.plan.entries), "")
        source = f"{self.plan.overlay}.dtso"
        if self.kernel is None:
            raise ToolError("a series of patches is for a kernel tree", "give --kernel DIR")
        there = self.kernel.sources / directory / source
        old = _decoded(files.read(there, blob.MAX_SIZE)) if there.is_file() else None
        changes.append(
            patch.FileChange(patch.path(directory, source), old, self.build.overlay[source].decode())
        )
        for place, before, new in self._makefiles():
            where = str(place.relative_to(self.kernel.sources))
            changes.append(patch.FileChange(patch.path("", where), before, new))
        proved = [_proved(base.name, base.assessment.introduced) for base in self.build.result.bases]
        return patch.series(self.plan, self.board.overlay.summary, proved, changes)


def _decoded(data: bytes) -> str:
    """A text of others, whose bytes come back as they are."""
    return data.decode("utf-8", "surrogateescape")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _proved(base: str, introduced: Sequence[Diagnostic]) -> str:
    warnings = sum(diagnostic.severity is Severity.WARNING for diagnostic in introduced)
    return f"{base}: applies, introduces {f'{warnings} warnings' if warnings else 'nothing'}"


def _plain(text: str) -> str:
    """A value as it is. Raises: Rejected where it would end a line or a string of the format."""
    if not isinstance(text, str) or any(
        character in '"\\' or not character.isprintable() for character in text
    ):
        raise rejected("template", f"{text!r} cannot stand in this format", Location("deliver"))
    return text
