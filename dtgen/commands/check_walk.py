"""Which files `dtgen check` looks at, and as what: those it is given, and what depends on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path

from dtgen import rules
from dtgen.commands import check_bases, check_kinds, update
from dtgen.commands.check_bases import Options
from dtgen.commands.check_kinds import FileKind
from dtgen.errors import ToolError
from dtgen.jobs import git
from dtgen.project import layout, settings
from dtgen.project.layout import Finder
from dtgen.project.settings import Settings
from dtgen.records import dataclass

_BASES = (FileKind.BOARD, FileKind.BLOB, FileKind.INCLUDED, FileKind.OVERLAY)
"""What descriptions name as bases, and what these include."""


@dataclass(frozen=True, slots=True)
class Job:
    """A file to look at, and as what."""

    file: Path
    kind: FileKind


@dataclass(slots=True)
class Walk:
    """Finds files; settings and descriptions are read once."""

    options: Options
    _settings: dict[Path, Settings] = field(default_factory=dict)
    _named: dict[Finder, dict[Path, frozenset[Path]]] = field(default_factory=dict)

    def jobs(self, paths: Sequence[Path]) -> Iterator[Job]:
        """What is to be done for files and directories, each file once. Raises: ToolError."""
        found = list(self._found(paths))
        wanted = [
            self._origin(job) for job in found if job.kind not in (FileKind.INCLUDED, FileKind.SETTINGS)
        ]
        changed = [(job.file, job.kind) for job in found]
        if self.options.staged:
            changed += ((file, check_kinds.removed(file)) for file in git.removed(Path.cwd()))
        for configured in {id(s): s for s in (self.settings_of(file) for file, _ in changed)}.values():
            overlays = check_bases.dependents(changed, self.options, configured)
            own = (file for file in overlays if not configured.excludes(file))
            wanted += (self._origin(Job(file, FileKind.OVERLAY)) for file in own)
        sources = [(file, kind) for file, kind in changed if kind in _BASES]
        for finder in {Finder.from_directory(file.absolute().parent) for file, _ in sources}:
            files_of = check_bases.descriptions(sources, self.described(finder))
            wanted += (Job(file, FileKind.DESCRIPTION) for file in files_of if not self._is_left_out(file))
        first: dict[Path, Job] = {}
        for job in wanted:
            first.setdefault(layout.resolved(job.file), job)
        yield from first.values()

    def _is_left_out(self, path: Path) -> bool:
        return self.settings_of(path).excludes(path)

    def described(self, finder: Finder) -> dict[Path, frozenset[Path]]:
        """The project's descriptions, to the files that they name as bases."""
        if finder not in self._named:
            self._named[finder] = check_bases.described(finder)
        return self._named[finder]

    def _found(self, paths: Sequence[Path]) -> Iterator[Job]:
        for path in paths:
            if self.options.staged and self._is_left_out(path):
                continue
            if path.is_dir():
                for file in check_kinds.below(path, self._is_left_out):
                    kind = check_kinds.kind_of(file, self.options.include)
                    if kind and kind is not FileKind.BOARD:
                        yield Job(file, kind)
                continue
            kind = check_kinds.kind_of(path, self.options.include) or check_kinds.image(path)
            if kind is None:
                raise ToolError(
                    f"{layout.display(path)} is not a file that dtgen can check",
                    "give descriptions and bindings (.yaml), sources (.dtso, .dts), blobs (.dtb, .dtbo), "
                    "or tables (.its, .itb, FIT_DTB_COMPATIBLE, extlinux.conf, loader entries, Makefile)",
                )
            yield Job(path, kind)

    def _origin(self, job: Job) -> Job:
        """The description, for an overlay that is generated from one."""
        if job.kind is FileKind.OVERLAY or job.file.suffix == ".dtbo":
            description = update.description_of(
                job.file, self.settings_of(job.file), Finder.from_directory(job.file.absolute().parent)
            )
            if description:
                return Job(description, FileKind.DESCRIPTION)
        return job

    def projects(self) -> tuple[Settings, ...]:
        """Those of the files that were looked at."""
        return tuple({known.file: known for known in self._settings.values()}.values())

    def settings_of(self, file: Path) -> Settings:
        """Those of the nearest project. Raises: ToolError."""
        directory = file.absolute().parent
        if directory not in self._settings:
            loaded = settings.load(directory, rules.ADJUSTABLE)
            same = (known for known in self._settings.values() if known.file == loaded.file)
            self._settings[directory] = next(same, loaded)
        return self._settings[directory]
