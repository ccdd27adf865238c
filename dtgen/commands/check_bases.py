"""What hand-written overlays are for: by the command line, `dtgen.toml`, or a kernel's Makefile."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from dtgen.bindings.select import USUAL, Way
from dtgen.commands.check_kinds import FileKind
from dtgen.commands.stacked_base import BaseFiles
from dtgen.description.board import BaseSource, Board, load
from dtgen.description.lookup import that_mention
from dtgen.diagnostics import Location
from dtgen.dts import kbuild
from dtgen.dts.kbuild import Composite
from dtgen.errors import Rejected, ToolError
from dtgen.project import layout
from dtgen.project.layout import Finder, KernelTree
from dtgen.project.settings import OverlaySettings, Settings, include, kernel_tree
from dtgen.project.settings import bindings as bindings_of
from dtgen.project.settings import symbols as symbols_of
from dtgen.records import dataclass

_OVERLAY = (".dts", ".dtso", ".dtbo")


@dataclass(frozen=True, slots=True)
class Options:
    """What is said on the command line, which counts for all files."""

    bases: tuple[Path, ...] = ()
    kernel: Path | None = None
    bindings: Path | None = None
    include: tuple[Path, ...] = ()
    symbols: Path | None = None
    pas_at_el2: bool | None = None
    way: Way = USUAL
    """How the bindings are asked."""
    staged: bool = False
    """Whether it is for a commit: what depends on files that are taken away is checked, too."""
    metadata: Path | None = None
    """qcom-metadata, which suffixes of compatibles name; None for what lies beside a table."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an overlay is for."""

    bases: tuple[BaseFiles, ...]
    """None of them: it cannot be applied."""
    known: bool
    """Whether it was said what the bases are, be it that there are none."""
    named: str
    """What the project's settings call it, or would."""
    kernel: KernelTree | None
    bindings: Path | None
    """None: the built-in ones."""
    include: tuple[Path, ...]
    symbols: Path | None
    pas_at_el2: bool | None


def target_of(overlay: Path, options: Options, settings: Settings) -> Target:
    """Raises: ToolError where a kernel is named that is none."""
    entry = settings.of_overlay(overlay) or settings.of_overlay(overlay.with_suffix(".dtso"))
    kernel = kernel_of(overlay, options, settings, entry)
    bindings = bindings_of(options.bindings, settings, entry)
    bases = _bases(overlay, options, settings, entry, kernel)
    pas_at_el2 = options.pas_at_el2
    if pas_at_el2 is None and entry:
        pas_at_el2 = entry.pas_at_el2
    if bases is None and overlay.suffix in _OVERLAY and (found := _of_description(overlay, kernel)):
        board, bases = found
        pas_at_el2 = board.pas_at_el2 if pas_at_el2 is None else pas_at_el2
    return Target(
        bases or (),
        bases is not None,
        _relative(overlay, settings),
        kernel,
        bindings or (kernel.bindings if kernel else None),
        (*options.include, *include(settings, entry)),
        symbols_of(options.symbols, entry),
        pas_at_el2,
    )


def _relative(overlay: Path, settings: Settings) -> str:
    """To where the project's settings are, or would be."""
    directory = settings.file.parent if settings.file else Path.cwd()
    file = overlay.absolute()
    return str(file.relative_to(directory)) if file.is_relative_to(directory) else file.name


def kernel_of(
    file: Path, options: Options, settings: Settings, entry: OverlaySettings | None = None
) -> KernelTree | None:
    """The one that is named, or the one that a file lies in. Raises: ToolError."""
    return kernel_tree(options.kernel, settings, entry) or KernelTree.around(file)


def _bases(
    overlay: Path,
    options: Options,
    settings: Settings,
    entry: OverlaySettings | None,
    kernel: KernelTree | None,
) -> tuple[BaseFiles, ...] | None:
    if options.bases:
        return tuple(map(BaseFiles, options.bases))
    if entry and entry.bases is not None:
        named = entry.lines.place("bases")
        stacks = ([_found(file, entry, kernel) for file in stack] for stack in entry.bases)
        return tuple(_below(overlay, base, overlays, named) for base, *overlays in stacks)
    return _of_makefile(overlay) or None


def _found(base: Path, entry: OverlaySettings, kernel: KernelTree | None) -> Path:
    """A base is named as it lies from the settings, or as it lies in the kernel's sources."""
    if base.exists() or not kernel or not base.is_relative_to(entry.directory):
        return base
    below = kernel.source(str(base.relative_to(entry.directory)))
    return below if below.exists() else base


def _below(overlay: Path, base: Path, stack: Sequence[Path], named: Location) -> BaseFiles:
    """What an overlay is applied to: the base with all of the stack, or with what of it comes first."""
    names = [layout.resolved(file).with_suffix("") for file in stack]
    own = layout.resolved(overlay).with_suffix("")
    at = names.index(own) if own in names else len(names)
    return BaseFiles(base, tuple(stack[:at]), named, tuple(stack[at + 1 :]))


def _of_makefile(overlay: Path) -> tuple[BaseFiles, ...]:
    """Of the directory that it lies in, a link first where it stands, then where it leads."""
    for file in dict.fromkeys((overlay.absolute(), layout.resolved(overlay))):
        found = [
            _below(file, composite.board, composite.overlays, composite.named)
            for composite in kbuild.composites(file.parent)
            if file in composite.overlays
        ]
        if found:
            # a stack and the one that goes on have the same below an overlay
            return tuple(dict.fromkeys(found))
    return ()


def _of_description(overlay: Path, kernel: KernelTree | None) -> tuple[Board, tuple[BaseFiles, ...]] | None:
    """The first description that makes an overlay of this name or has it in a stack, and what it is for."""
    finder = Finder.from_directory(overlay.absolute().parent)
    for board in that_mention((overlay.stem,), finder):
        made = board.overlay.name == overlay.stem
        found = [
            BaseFiles(
                base.file(base.dts, kernel), tuple(base.file(path, kernel) for path in below), base.location
            )
            for base in board.bases
            if (kernel or base.is_own) and (below := _of_stack(base, overlay, made)) is not None
        ]
        if made and not found and (lean := finder.lean_base(board.ancestry)):
            found = [BaseFiles(lean, named=Location(board.location.file))]
        if found := [base for base in found if base.file.is_file()]:
            return board, tuple(dict.fromkeys(found))
    return None


def _of_stack(base: BaseSource, overlay: Path, made: bool) -> tuple[str, ...] | None:
    """What of a description's base comes before an overlay; None where that is not in it."""
    if made:
        return base.overlays
    names = [Path(path).stem for path in base.overlays]
    return base.overlays[: names.index(overlay.stem)] if overlay.stem in names else None


def dependents(
    changed: Collection[tuple[Path, FileKind]], options: Options, settings: Settings
) -> Iterator[Path]:
    """The configured overlays to look at again where other files of their project have changed."""
    everything = any(kind in (FileKind.SETTINGS, FileKind.INCLUDED) for _, kind in changed)
    files = {layout.resolved(file) for file, _ in changed}
    for entry in settings.overlays:
        bindings = _validated_with(entry, options, settings)
        if (
            everything
            or files & _applied_with(entry, options, settings)
            or (bindings and any(file.is_relative_to(bindings) for file in files))
        ):
            yield from entry.overlays()
    for file, kind in changed:
        if kind is FileKind.BOARD:
            for composite in _composites(file):
                yield from (overlay for overlay in composite.overlays if overlay.exists())


def described(finder: Finder) -> dict[Path, frozenset[Path]]:
    """The project's descriptions, to the files of the project that they name as bases."""
    found: dict[Path, frozenset[Path]] = {}
    for file in finder.boards().values():
        if layout.is_builtin(file):
            continue
        try:
            bases = load(str(file), finder).bases
        except (Rejected, ToolError):
            continue  # it is reported where it is checked itself
        paths = ((base, path) for base in bases for path in base.sources if layout.is_own(path))
        found[file] = frozenset(layout.resolved(base.file(path, None)) for base, path in paths)
    return found


def descriptions(
    changed: Collection[tuple[Path, FileKind]], known: Mapping[Path, frozenset[Path]]
) -> Iterator[Path]:
    """The descriptions to look at again where files of their project have changed; `known`: see above."""
    everything = any(kind is FileKind.INCLUDED for _, kind in changed)
    files = {layout.resolved(file) for file, _ in changed}
    for description, bases in known.items():
        if files & bases or (everything and bases):
            yield description


def is_base(file: Path, options: Options, settings: Settings) -> bool:
    """Whether overlays are applied to it: then what it has wrong itself is not theirs."""
    resolved = layout.resolved(file)
    return (
        any(resolved == layout.resolved(base) for base in options.bases)
        or any(resolved in _configured(entry, file, options, settings) for entry in settings.overlays)
        or any(_composites(file))
    )


def _applied_with(entry: OverlaySettings, options: Options, settings: Settings) -> set[Path]:
    """The bases of overlays, and where the labels of these are."""
    symbols = {layout.resolved(entry.symbols)} if entry.symbols else set()
    return _configured(entry, settings.file or Path(), options, settings) | symbols


def _configured(entry: OverlaySettings, file: Path, options: Options, settings: Settings) -> set[Path]:
    """What the stacks of an entry are of; `file`: what may lie in the kernel tree that they are in."""
    kernel = kernel_of(file, options, settings, entry)
    return {layout.resolved(_found(file, entry, kernel)) for stack in entry.bases or () for file in stack}


def _validated_with(entry: OverlaySettings, options: Options, settings: Settings) -> Path | None:
    """The directory of the bindings that overlays are validated against, where one is named."""
    bindings = options.bindings or entry.bindings or settings.bindings
    return layout.resolved(layout.bindings_directory(bindings)) if bindings and bindings.is_dir() else None


def _composites(board: Path) -> Iterator[Composite]:
    """What the Makefile beside a board's source applies to it."""
    board = board.absolute()
    return (composite for composite in kbuild.composites(board.parent) if composite.board == board)
