"""What a project says of itself: `dtgen.toml`, or `[tool.dtgen]` in its `pyproject.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from dtgen.diagnostics import Severity
from dtgen.errors import ToolError
from dtgen.project import layout
from dtgen.project.layout import KernelTree
from dtgen.project.toml import Entry, Lines, shown, table
from dtgen.records import dataclass
from dtgen.words import near_names

OFF = "off"
_BINDING = ".yaml"
"""How names of bindings end, `media/qcom,venus-common.yaml`: which there are is another set for each run."""
NAMES = ("dtgen.toml", "pyproject.toml")
_SEVERITIES = (*(severity.value for severity in Severity), OFF)


@dataclass(frozen=True, slots=True)
class OverlaySettings:
    """What hand-written overlays of a project are for: an entry of `[[overlay]]`."""

    directory: Path
    """The project's, which `files` are relative to."""
    files: tuple[str, ...]
    """Patterns: `*` is any part of a name, `**` any number of directories."""
    bases: tuple[tuple[Path, ...], ...] | None = None
    """Blobs and sources, each with the overlays that are applied to it, in their order. Empty: there is none,
    and only the compilation is checked; None: not said."""
    kernel: Path | None = None
    bindings: Path | None = None
    include: tuple[Path, ...] = ()
    symbols: Path | None = None
    pas_at_el2: bool | None = None
    lines: Lines = field(default=Lines(Path(), ""), compare=False)
    """Where it stands."""

    def matches(self, file: Path) -> bool:
        """Whether the entry is for a file."""
        return _is_one_of(self.files, file, self.directory)

    def overlays(self) -> list[Path]:
        """The files that there are; sorted."""
        return sorted({file for pattern in self.files for file in self.directory.glob(pattern)})


def _is_one_of(patterns: tuple[str, ...], file: Path, directory: Path) -> bool:
    """Whether a file is what one of the patterns means, which are relative to the directory."""
    try:
        parts = file.absolute().relative_to(directory).parts
    except ValueError:
        return False
    return any(_matches(parts, tuple(pattern.split("/"))) for pattern in patterns)


def _matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return _matches(parts, pattern[1:]) or (bool(parts) and _matches(parts[1:], pattern))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])


@dataclass(frozen=True, slots=True)
class AllowedFinding:
    """A finding that may stay, in files of a project: an entry of `[[allow]]`."""

    rule: str
    why: str
    at: str
    """A label or a path; empty: anywhere."""
    files: tuple[str, ...]
    """Patterns, see `OverlaySettings`; empty: all."""
    lines: Lines = field(default=Lines(Path(), ""), compare=False)
    """Where it stands."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Of the nearest project; empty where there is none."""

    file: Path | None = None
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    """Rule to the severity that it has here; None where it is off."""
    overlays: tuple[OverlaySettings, ...] = ()
    allow: tuple[AllowedFinding, ...] = ()
    kernel: Path | None = None
    """A kernel tree for all that names none of its own."""
    bindings: Path | None = None
    generated: Path | None = None
    """Where overlays that are generated from descriptions are committed; None: beside these."""
    include: tuple[Path, ...] = ()
    """Where all sources include from."""
    exclude: tuple[str, ...] = ()
    """Patterns of files and directories that are not the project's own."""

    @property
    def lines(self) -> Lines:
        """Where what is said at the top of the file stands."""
        return Lines(self.file or Path(), "")

    @property
    def unread(self) -> Path | None:
        """The `pyproject.toml` whose settings are not read, because `dtgen.toml` lies beside it."""
        own, other = NAMES
        if not self.file or self.file.name != own:
            return None
        try:
            return self.file.with_name(other) if table(self.file.with_name(other)) is not None else None
        except ToolError:
            return None

    def excludes(self, file: Path) -> bool:
        """Whether a file or a directory is left out, or lies in one that is."""
        try:
            parts = file.absolute().relative_to(self.file.parent).parts if self.file else ()
        except ValueError:
            return False
        patterns = [tuple(pattern.strip("/").split("/")) for pattern in self.exclude]
        return any(_matches(parts[:end], pattern) for end in range(1, len(parts) + 1) for pattern in patterns)

    def allowed(self, file: Path) -> tuple[AllowedFinding, ...]:
        """The entries for what is found in a file."""
        directory = self.file.parent if self.file else Path()
        return tuple(e for e in self.allow if not e.files or _is_one_of(e.files, file, directory))

    def of_overlay(self, file: Path) -> OverlaySettings | None:
        """The first entry that is for a file."""
        return next((entry for entry in self.overlays if entry.matches(file)), None)


def load(start: Path, rules: Iterable[str]) -> Settings:
    """The settings of the nearest directory, from `start` upwards, that has any.

    `rules`: those whose severity may be changed.
    Raises: ToolError where a file is no TOML, or has a setting, a rule or a severity that there is not.
    """
    for directory in (start.absolute(), *start.absolute().parents):
        for name in NAMES:
            said = table(directory / name)
            if said is not None:
                return _settings(directory / name, said, tuple(rules))
    return Settings()


def kernel_tree(
    given: Path | None, project: Settings, overlay: OverlaySettings | None = None
) -> KernelTree | None:
    """The one that is given, or else that of the overlay's entry, or the project's.

    Raises: ToolError where it is none.
    """
    section = overlay if overlay and overlay.kernel else project
    if given or not section.kernel:
        return KernelTree.at(given) if given else None
    try:
        return KernelTree.at(section.kernel)
    except ToolError as error:
        raise ToolError(f"{section.lines.place('kernel')}: {error}", error.remedy) from error


def bindings(given: Path | None, project: Settings, overlay: OverlaySettings | None = None) -> Path | None:
    """The same for a set of bindings. Raises: ToolError where there is none."""
    section = overlay if overlay and overlay.bindings else project
    found = given or section.bindings
    if found and not given and not found.exists():
        place = section.lines.place("bindings")
        raise ToolError(f"{place}: there are no bindings in {layout.display(found)}")
    return found


def symbols(given: Path | None, overlay: OverlaySettings | None) -> Path | None:
    """The same for what has labels. Raises: ToolError where it is not there."""
    found = given or (overlay.symbols if overlay else None)
    if overlay and found and not given and not found.exists():
        raise ToolError(f"{overlay.lines.place('symbols')}: there is no {layout.display(found)}")
    return found


def include(project: Settings, overlay: OverlaySettings | None = None) -> tuple[Path, ...]:
    """Where sources include from. Raises: ToolError where a directory is not there: compilers say nothing."""
    sections = (overlay, project) if overlay else (project,)
    for section in sections:
        if absent := next((directory for directory in section.include if not directory.is_dir()), None):
            place = section.lines.place("include")
            raise ToolError(f"{place}: there is no directory {layout.display(absent)}")
    return tuple(directory for section in sections for directory in section.include)


def _settings(file: Path, table: dict[str, Any], rules: tuple[str, ...]) -> Settings:
    entry = Entry(file, "", table, Lines(file, ""))
    overlays = entry.tables("overlay")
    allow = entry.tables("allow")
    kernel, bindings = entry.path("kernel"), entry.path("bindings")
    settings = Settings(
        file,
        _severities(file, entry.value("severity", dict, {}), rules),
        tuple(_overlay(file, overlay, number) for number, overlay in enumerate(overlays, 1)),
        tuple(_allowed(file, table, number, rules) for number, table in enumerate(allow, 1)),
        kernel,
        bindings,
        entry.path("generated"),
        tuple(file.parent / directory for directory in entry.strings("include") or ()),
        entry.strings("exclude") or (),
    )
    entry.done()
    return settings


def _patterns(entry: Entry) -> tuple[str, ...] | None:
    """Of `files`. Raises: ToolError where one can match nothing."""
    patterns = entry.strings("files")
    for pattern in patterns or ():
        if pattern.startswith("/"):
            help = "write it as it lies from the directory of this file"
            raise entry.wrong(f"{pattern} is an absolute path", help, "files")
        if any("**" in part and part != "**" for part in pattern.split("/")):
            raise entry.wrong(
                f"{pattern} has ** within a name", "write * there, or **/ for directories", "files"
            )
    return patterns


def _overlay(file: Path, table: object, number: int) -> OverlaySettings:
    lines = Lines(file, "overlay", number)
    entry = Entry(file, f"entry {number} of [[overlay]]", table, lines)
    patterns = _patterns(entry)
    bases = entry.stacks("bases")
    found = OverlaySettings(
        file.parent,
        patterns or (),
        None if bases is None else tuple(tuple(file.parent / name for name in base) for base in bases),
        entry.path("kernel"),
        entry.path("bindings"),
        tuple(file.parent / directory for directory in entry.strings("include") or ()),
        entry.path("symbols"),
        entry.value("pas_at_el2", bool, None),
        lines,
    )
    entry.done()
    if not patterns:
        raise entry.wrong("names no files", 'for example: files = "overlays/*.dtso"')
    return found


def _allowed(file: Path, table: object, number: int, rules: tuple[str, ...]) -> AllowedFinding:
    lines = Lines(file, "allow", number)
    entry = Entry(file, f"entry {number} of [[allow]]", table, lines)
    rule, why = entry.value("rule", str, ""), entry.value("why", str, "")
    found = AllowedFinding(rule, why, entry.value("at", str, ""), _patterns(entry) or (), lines)
    entry.done()
    if not rule or not why:
        raise entry.wrong(
            f"lacks {'why' if rule else 'rule'}", 'for example: rule = "no-op", why = "measured"'
        )
    _known(lines, "rule", rule, rules, "that can be allowed")
    return found


def _severities(file: Path, entries: dict[str, Any], rules: tuple[str, ...]) -> dict[str, Severity | None]:
    severities: dict[str, Severity | None] = {}
    lines = Lines(file, "severity")
    for rule, value in entries.items():
        _known(lines, rule, rule, rules, "whose severity can be set")
        if value not in _SEVERITIES:
            raise ToolError(
                f"{lines.place(rule)}: the severity of {rule} is {shown(value)}",
                'write "error", "warning", "info" or "off"',
            )
        severities[rule] = None if value == OFF else Severity(value)
    return severities


def _known(lines: Lines, key: str, rule: str, rules: tuple[str, ...], such: str) -> None:
    """Raises: ToolError at the key where it is none of the rules, and no binding."""
    if rule in rules or rule.endswith(_BINDING):
        return
    near = near_names(rule, rules, 1, 0.75)
    listed = "`dtgen rules` lists them; what stops a build stays an error"
    help = f"did you mean {near[0]}?" if near else listed
    raise ToolError(f"{lines.place(key)}: there is no rule {rule} {such}", help)
