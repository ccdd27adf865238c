"""Overlays that are generated from descriptions and committed: which they are, and whether they are stale."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

from dtgen import rules
from dtgen.checks.findings import Severities, run
from dtgen.checks.location import as_written
from dtgen.commands import check_kinds
from dtgen.commands.build import Build, Builder, BuildRequest
from dtgen.description.board import Board, load
from dtgen.devicetree import blob
from dtgen.diagnostics import Diagnostic
from dtgen.errors import Rejected, ToolError
from dtgen.overlay.committed import BLOB, Committed, Generated
from dtgen.project import files, layout
from dtgen.project.layout import Finder
from dtgen.project.settings import Settings
from dtgen.results import BuildResult

ENDINGS = (".dtso", BLOB)


def committed(board: Board, file: Path, settings: Settings) -> dict[str, Path]:
    """The files there are of a description's overlay: their name, and where they are."""
    found: dict[str, Path] = {}
    for name in (f"{board.overlay.name}{ending}" for ending in ENDINGS):
        for directory in _directories(board.name, file, settings):
            if (directory / name).is_file():
                found[name] = directory / name
                break
    return found


def _directories(board: str, file: Path, settings: Settings) -> tuple[Path, ...]:
    if settings.generated:
        return (settings.generated / board, settings.generated)
    return (file.parent,)


def description_of(overlay: Path, settings: Settings, finder: Finder) -> Path | None:
    """The description that an overlay is generated from; None for one that somebody wrote."""
    for file in _candidates(overlay, settings, finder):
        try:
            board = load(str(file), finder.of_board(str(file)))
        except (Rejected, ToolError):
            continue  # it is reported where it is checked itself
        places = committed(board, file, settings).values()
        if layout.resolved(overlay) in map(layout.resolved, places):
            return file
    return None


def _candidates(overlay: Path, settings: Settings, finder: Finder) -> Iterator[Path]:
    if settings.generated is None:
        beside = sorted(overlay.parent.glob("*.yaml"))
        yield from (file for file in beside if check_kinds.kind_of(file) is check_kinds.FileKind.DESCRIPTION)
    elif layout.resolved(overlay).is_relative_to(layout.resolved(settings.generated)):
        yield from (file for file in finder.boards().values() if not layout.is_builtin(file))


def stale(
    build: Build, places: Mapping[str, Path], description: str, severities: Severities
) -> Iterator[Diagnostic]:
    """One for each file that is not what the description gives now; `description`: what builds it."""
    for name, place in places.items():
        if file := _beside(build, name, place, description):
            yield from map(as_written, run(rules.REPOSITORY, file, severities))


def _beside(build: Build, name: str, place: Path, description: str) -> Committed | None:
    """A file beside what is generated now; None where that cannot be made, which is said elsewhere."""
    data = build.overlay.get(name)
    if data is None:
        return None
    generated = Generated(data, build.result.board, description)
    return Committed(layout.display(place), files.read(place, blob.MAX_SIZE), generated)


def rewrite(builder: Builder, request: BuildRequest, settings: Settings) -> BuildResult | None:
    """Build, and write those files only that are committed and stale.

    Where none is committed, the first source is written, of a description of the project that is built for
    itself; else None. Raises: ToolError.
    """
    build = builder.assemble(request)
    if build.board is None:
        return build.result
    file = builder.finder.of_board(request.board).board_file(request.board)
    places = committed(build.board, file, settings)
    if not places:
        own = settings.generated or not layout.is_builtin(file)
        if request.among_others or not build.overlay or not own:
            return None
        return _first(build, _directories(build.board.name, file, settings), build.board.overlay.name)
    written = []
    for name, place in places.items():
        found = _beside(build, name, place, request.board)
        if found and found.generated and not found.is_current:
            files.write_output(place, found.generated.data)
            written.append(layout.display(place))
    return _written(build, written)


def _first(build: Build, directories: tuple[Path, ...], overlay: str) -> BuildResult:
    """Raises: ToolError."""
    directory = next((place for place in directories if place.is_dir()), directories[-1])
    name = f"{overlay}.dtso"
    files.write_output(directory / name, build.overlay[name])
    return _written(build, [layout.display(directory / name)])


def _written(build: Build, written: list[str]) -> BuildResult:
    bases = tuple(
        dataclasses.replace(base, output="") if base.applied else base for base in build.result.bases
    )
    return dataclasses.replace(build.result, outputs=tuple(written), bases=bases)


def nothing_committed(name: str, finder: Finder, settings: Settings) -> ToolError:
    """Where such files would be, for one who asks to update them."""
    finder = finder.of_board(name)
    places = _directories(name, finder.board_file(name), settings)
    where = " or ".join(layout.display(place) or "." for place in places)
    return ToolError(
        f"no overlay that {name} generates is committed",
        f"looked for in {where}; `generated` in dtgen.toml says where else",
    )
