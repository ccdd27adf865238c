"""Overlays that are generated from descriptions and committed: which they are, and whether they are stale."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Mapping
from itertools import islice, zip_longest
from pathlib import Path

from dtgen.commands import check_kinds
from dtgen.commands.build import Build, Builder, Request
from dtgen.description.board import Board, load
from dtgen.devicetree import blob
from dtgen.devicetree.tree import Node
from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.errors import Rejected, ToolError
from dtgen.project import files, layout
from dtgen.project.layout import Finder
from dtgen.project.settings import Settings
from dtgen.results import BuildResult
from dtgen.rules import stale_generated

ENDINGS = (".dtso", ".dtbo")
_SHOWN = 12
"""Lines of a difference."""


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
        if any(overlay.resolve() == place.resolve() for place in committed(board, file, settings).values()):
            return file
    return None


def _candidates(overlay: Path, settings: Settings, finder: Finder) -> Iterator[Path]:
    if settings.generated is None:
        beside = sorted(overlay.parent.glob("*.yaml"))
        yield from (file for file in beside if check_kinds.kind_of(file) is check_kinds.Kind.DESCRIPTION)
    elif overlay.resolve().is_relative_to(settings.generated.resolve()):
        own = layout.data_directory()
        yield from (file for file in finder.boards().values() if not file.is_relative_to(own))


def stale(
    build: Build, places: Mapping[str, Path], description: str, severity: Severity
) -> Iterator[Diagnostic]:
    """One for each file that is not what the description gives now; `description`: what builds it."""
    for name, place in places.items():
        data = build.overlay.get(name)
        if data is None:
            continue  # it could not be made, and the result says why
        old = files.read(place, blob.MAX_SIZE)
        shown = layout.display(place)
        if not _same(old, data, shown):
            difference = "" if _is_blob(place) else _difference(old, data, shown)
            yield Diagnostic(
                stale_generated.ID,
                severity,
                f"this is not what {build.result.board} gives now",
                Location(shown, None if _is_blob(place) else _first_line(old, data)),
                excerpt=difference,
                help=f"dtgen build {description} --update",
            )


def _is_blob(file: Path) -> bool:
    return file.suffix == ENDINGS[1]


def _same(old: bytes, new: bytes, shown: str) -> bool:
    """Blobs are compared by what they say: another dtc may arrange it in another way."""
    if old == new or not shown.endswith(ENDINGS[1]):
        return old == new
    try:
        return _content(blob.read(old, shown).root) == _content(blob.read(new, shown).root)
    except Rejected:
        return False


def _content(node: Node) -> tuple[object, ...]:
    properties = {name: prop.value for name, prop in node.properties.items()}
    return (properties, {name: _content(child) for name, child in node.children.items()})


def _first_line(old: bytes, new: bytes) -> int:
    before, after = old.split(b"\n"), new.split(b"\n")
    lines = enumerate(zip_longest(before, after), 1)
    return min(next((n for n, (one, other) in lines if one != other), 1), len(before))


def _difference(old: bytes, new: bytes, shown: str) -> str:
    before, after = (text.decode("utf-8", "replace").splitlines() for text in (old, new))
    lines = difflib.unified_diff(before, after, shown, "generated now", lineterm="", n=1)
    found = list(islice(lines, _SHOWN + 1))
    return "\n".join([*found[:_SHOWN], "…"] if len(found) > _SHOWN else found)


def update(builder: Builder, request: Request, settings: Settings) -> BuildResult | None:
    """Build, and write those files only that are committed and stale; None where none is committed.

    Raises: ToolError.
    """
    build = builder.assemble(request)
    if build.board is None:
        return build.result
    file = builder.finder.of_board(request.board).board_file(request.board)
    places = committed(build.board, file, settings)
    if not places:
        return None
    written = []
    for name, place in places.items():
        data = build.overlay.get(name)
        if data is not None and not _same(files.read(place, blob.MAX_SIZE), data, str(place)):
            files.write_atomically(place, data)
            written.append(layout.display(place))
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
