"""Which bindings a build validates against, and what to tell of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dtgen import project
from dtgen.bindings import store
from dtgen.bindings.engine import Engine
from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.progress import Progress

PAS_COMMON = "remoteproc/qcom,pas-common.yaml"


@dataclass(frozen=True, slots=True)
class Bindings:
    """A loaded set."""

    engine: Engine
    name: str
    notes: tuple[str, ...]
    problems: tuple[Diagnostic, ...]
    """Schemas that are left out."""


def choose(given: Path | None, legacy: bool, progress: Progress) -> Bindings:
    """The set below `given` (a kernel tree or a directory), or the built-in one.

    dtgen's own `qcom,pas-common` stands in for one that is too old to know `iommus`, and for any where
    the board asks for the legacy profile. Raises: ToolError.
    """
    directory = project.bindings_directory(given) if given else project.builtin_bindings()
    replacements: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    if legacy:
        replacements = (project.legacy_bindings() / PAS_COMMON,)
    elif given and not store.knows(directory / PAS_COMMON, "iommus"):
        replacements = (project.builtin_bindings() / PAS_COMMON,)
        notes = (
            f"{project.display(directory / PAS_COMMON)} does not know `iommus` (it is older than v7.0); "
            "dtgen's own stands in for it",
        )
    prepared = store.prepare(directory, replacements, project.cache_directory(), progress)
    problems = tuple(
        Diagnostic(
            "binding",
            Severity.WARNING,
            f"this binding is left out, so nothing is checked against it: {problem.message}",
            Location(project.display(Path(problem.file)), problem.line),
        )
        for problem in prepared.problems
    )
    name = project.display(directory) if given else "built-in bindings"
    return Bindings(prepared.load(complete=given is not None), name, notes, problems)
