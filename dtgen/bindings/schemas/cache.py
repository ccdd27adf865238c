"""The prepared sets in the cache: what there is, and to be rid of it."""

from __future__ import annotations

from pathlib import Path

from dtgen.bindings import select
from dtgen.bindings.schemas import prepare, processed
from dtgen.bindings.schemas.pack import Damaged, Pack
from dtgen.errors import ToolError
from dtgen.project.layout import kept_verdicts, prepared_schemas
from dtgen.results import Freshness, PreparedSet


def sets(cache: Path) -> list[PreparedSet]:
    """By source; those that are no longer used come after the current one."""
    folder = prepared_schemas(cache)
    found = [_kept(file, cache) for file in sorted(folder.glob("*.schemas"))]
    found += [_alone(file, cache) for file in sorted(folder.glob(f"*{processed.SUFFIX}"))]
    return sorted(found, key=lambda kept: (kept.source, kept.freshness is not Freshness.CURRENT))


def _kept(file: Path, cache: Path) -> PreparedSet:
    try:
        size = file.stat().st_size
        pack = Pack(file)
    except (OSError, Damaged):
        return PreparedSet(file, "", 0, 0, 0, Freshness.OUTDATED)
    index = pack.index
    if index.get("maker") != prepare.maker():
        # another dtgen may have kept other things in it
        return PreparedSet(file, index.get("source", ""), 0, 0, size, Freshness.OUTDATED)
    freshness = _freshness(Path(index["source"]), file.stem, cache)
    return PreparedSet(file, index["source"], len(pack), len(index["problems"]), size, freshness)


def _alone(file: Path, cache: Path) -> PreparedSet:
    """One that dtschema alone has prepared."""
    found = processed.kept(file)
    try:
        size = file.stat().st_size
    except OSError:  # another process has cleared it
        size = 0
    if found is None:
        return PreparedSet(file, "", 0, 0, size, Freshness.OUTDATED)
    freshness = _freshness(Path(found.source), found.key, cache)
    return PreparedSet(file, found.source, found.schemas, len(found.problems), size, freshness)


def _freshness(source: Path, key: str, cache: Path) -> Freshness:
    if not source.exists():
        return Freshness.GONE
    try:
        return Freshness.CURRENT if key in select.keys(source, cache) else Freshness.CHANGED
    except ToolError:
        return Freshness.CHANGED


def clear(cache: Path) -> tuple[int, int]:
    """Remove the prepared sets and the results that were had with them: how many files, how many bytes."""
    count = size = 0
    for file in (*prepared_schemas(cache).glob("*"), *kept_verdicts(cache).glob("*")):
        try:
            length = file.stat().st_size
            file.unlink()
        except FileNotFoundError:
            continue  # another process was faster
        except OSError as error:
            raise ToolError(f"cannot remove {file}: {error.strerror}") from error
        count, size = count + 1, size + length
    return count, size
