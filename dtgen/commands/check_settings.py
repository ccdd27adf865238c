"""What `dtgen check` says of a project's settings: those that are not read, and what they allow in vain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from dtgen.bindings.select import USUAL
from dtgen.commands.check_bases import Options
from dtgen.commands.check_kinds import FileKind
from dtgen.diagnostics import Diagnostic, Location, Severity, errors
from dtgen.project import layout
from dtgen.project.settings import AllowedFinding, Settings
from dtgen.results import FileResult
from dtgen.rules import unused_allow

UNREAD = "unread-settings"


def unread(projects: Iterable[Settings]) -> Iterator[Diagnostic]:
    """Each `pyproject.toml` whose settings another file keeps from being read."""
    for project in projects:
        if project.file and (other := project.unread):
            where = Location(layout.display(other))
            message = f"[tool.dtgen] is not read: {project.file.name} is here"
            help = "keep the settings in one of the two files"
            yield Diagnostic(UNREAD, Severity.WARNING, message, where, help=help)


def unused(project: Settings, results: Sequence[FileResult]) -> Iterator[Diagnostic]:
    """The entries of `[[allow]]` that mark nothing, of a project all of whose files were checked.

    Nothing is said where something could not be looked at: what is allowed may be found there.
    """
    severity = project.severities.get(unused_allow.ID, Severity.WARNING)
    refused = any(not tree.validated for result in results for tree in result.trees)
    if not severity or refused or any(errors(result.all_diagnostics) for result in results):
        return
    known = {layout.resolved(Path(result.file)) for result in results}
    for entry in project.allow:
        meant = [result for result in results if entry in project.allowed(Path(result.file))]
        on_more = not project.kernel and any(r.kind == FileKind.DESCRIPTION.value for r in meant)
        found = (d for result in meant for d in result.all_diagnostics)
        used = any(d.rule == entry.rule and d.allowed == entry.why for d in found)
        if used or on_more or not _there(project, entry) <= known:
            continue
        place = f" at {entry.at}" if entry.at else ""
        message = f"{entry.rule} is allowed{place}, but nothing is found there"
        if not meant:
            message = f"{entry.rule} is allowed in {', '.join(entry.files)}, but no such file is checked"
        where, help = entry.lines.place(), "remove the entry, or mend what it names"
        yield Diagnostic(unused_allow.ID, severity, message, where, help=help)


def whole(projects: Iterable[Settings], paths: Sequence[Path], options: Options) -> Iterator[Settings]:
    """Those all of whose files are checked, on the bases that they have."""
    if replace(options, way=USUAL) != Options():
        return
    above = [layout.resolved(path) for path in paths if path.is_dir()]
    for project in projects:
        if project.file and any(layout.resolved(project.file).is_relative_to(path) for path in above):
            yield project


def _there(project: Settings, entry: AllowedFinding) -> set[Path]:
    """The files that an entry is for, as far as it says."""
    assert project.file
    found: set[Path] = set()
    for pattern in entry.files:
        found |= {layout.resolved(f) for f in project.file.parent.glob(pattern) if f.is_file()}
    return found
