"""What is installed, in which version, and the remedy for what is missing."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from dtgen.bindings import versions
from dtgen.dts.compiler import Tool, find_cpp, find_dtc
from dtgen.errors import ToolError
from dtgen.project import layout, store
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that dtgen needs; `remedy` is empty where it is there."""

    name: str
    found: str
    remedy: str = ""
    needed: bool = True
    """Whether nothing can be built without it."""


def examine() -> Iterator[Check]:
    """Look at the tools, the packages and the directories."""
    yield Check("python", f"{sys.version.split()[0]} ({sys.executable})")
    yield _tool("dtc", find_dtc, True)
    yield _tool("cpp", find_cpp, False)
    yield from _packages()
    yield Check("data", str(layout.data_directory()))
    yield _cache(layout.cache_directory())


def _packages() -> Iterator[Check]:
    """What dtgen declares that it needs, in the versions that it needs."""
    from packaging.requirements import Requirement

    for line in importlib.metadata.requires("dtgen") or ():
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
            continue
        remedy = f"pip install '{wanted.name}{wanted.specifier}'"
        try:
            version = importlib.metadata.version(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            yield Check(wanted.name, "missing", remedy)
            continue
        if not wanted.specifier.contains(version, prereleases=True):
            yield Check(wanted.name, f"{version}, not {wanted.specifier}", remedy)
        elif not versions.is_tested(wanted.name, version):
            yield Check(
                wanted.name, f"{version}, which dtgen was not tested with", versions.remedy([wanted.name])
            )
        else:
            yield Check(wanted.name, version)


def _tool(name: str, find: Callable[[], Tool], needed: bool) -> Check:
    try:
        tool = find()
        return Check(name, f"{tool.version()} ({' '.join(tool.words)})", needed=needed)
    except ToolError as error:
        remedy = error.remedy if needed else f"{error.remedy}; only sources of a kernel tree need it"
        return Check(name, str(error), remedy, needed)


def _cache(directory: Path) -> Check:
    if doubt := store.doubt(directory):
        return Check("cache", f"{directory} is not used: {doubt}", "set DTGEN_CACHE to a directory of yours")
    return Check("cache", str(directory))
