"""`dtgen check`: the files of a repository, each by its kind, on all cores.

What depends on a changed file is checked with it: the overlays of a base, of a binding, of the settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from pathlib import Path

from dtgen.bindings import select
from dtgen.bindings.select import Bindings
from dtgen.checks import allow
from dtgen.checks.cache import Verdicts
from dtgen.checks.given import Reader
from dtgen.checks.introduced import assess_alone
from dtgen.checks.pieces import Shelf
from dtgen.checks.stacks import Prover
from dtgen.checks.tree import Inspector
from dtgen.commands import check_bases, check_binding, check_settings, update
from dtgen.commands.build import Builder, BuildRequest
from dtgen.commands.check_bases import Options, Target
from dtgen.commands.check_kinds import FileKind
from dtgen.commands.check_overlay import Applier
from dtgen.commands.check_table import TableChecker
from dtgen.commands.check_walk import Job, Walk
from dtgen.devicetree import blob
from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.dts import compiler
from dtgen.dts.compiler import Tool
from dtgen.errors import Rejected
from dtgen.jobs import local
from dtgen.progress import Report
from dtgen.project import files, layout, settings
from dtgen.project.layout import Finder, KernelTree
from dtgen.records import dataclass
from dtgen.results import Assessment, CheckResult, FileResult, TreeResult

_PARALLEL_FROM = 3
"""Files; fewer are done before other processes have started."""


def check(paths: Sequence[Path], options: Options, cache: Path, progress: Report) -> CheckResult:
    """Raises: ToolError. A file that is wrong does not stop the others."""
    checker = Checker(options, cache, Walk(options))
    jobs = list(checker.walk.jobs(paths))
    if not jobs:
        return CheckResult((), tuple(_nothing(path) for path in paths if path.is_dir()))
    for base in options.bases:
        files.read(base, blob.MAX_SIZE)  # what the command line names must be there
    compiler.find_dtc()  # without it, nothing that is found to be clean would be
    problems: dict[Diagnostic, None] = {}
    for job in jobs:
        if found := checker.bindings_of(job, progress):
            problems |= dict.fromkeys(found.problems)
    results = []
    for done, result in enumerate(_results(checker, jobs), 1):
        results.append(result)
        if len(jobs) > 1:
            progress("checking", done, len(jobs))
    projects = checker.walk.projects()
    problems |= dict.fromkeys(check_settings.unread(projects))
    for project in check_settings.whole(projects, paths, options):
        own = [result for result in results if checker.walk.settings_of(Path(result.file)) is project]
        problems |= dict.fromkeys(check_settings.unused(project, own))
    return CheckResult(tuple(results), tuple(problems))


def _results(checker: Checker, jobs: Sequence[Job]) -> Iterator[FileResult]:
    """One for each job, in their order."""
    processes = min(local.available(), len(jobs))
    if len(jobs) < _PARALLEL_FROM or processes == 1:
        return local.here(checker.check, jobs)
    from dtgen.jobs.processes import Processes

    return Processes(processes, _begin, (checker.options, checker.cache), _check, _died).results(jobs)


_checker: Checker
"""Of a process of the pool."""


def _begin(options: Options, cache: Path) -> None:
    global _checker  # noqa: PLW0603  how a pool gives its processes something to keep
    _checker = Checker(options, cache, Walk(options))


def _check(job: Job) -> FileResult:
    return _checker.check(job)


def _misplaced(description: Path) -> Iterator[Diagnostic]:
    if wanted := layout.intended(description):
        message = "boards are boards/<name>.yaml: no command finds this one by its name"
        help = f"move it to {layout.display(wanted)}"
        where = Location(layout.display(description))
        yield Diagnostic("misplaced-description", Severity.WARNING, message, where, help=help)


def _nothing(directory: Path) -> Diagnostic:
    message = "there is nothing here that dtgen can check"
    help = "run it in the repository, or give it files; `dtgen check --help` says which"
    return Diagnostic(
        "nothing-to-check", Severity.WARNING, message, Location(layout.display(directory)), help=help
    )


def _died(job: Job) -> FileResult:
    shown = layout.display(job.file)
    return FileResult(shown, job.kind.value, local.crashed(shown).diagnostics)


def _quiet(what: str, done: int, of: int) -> None:
    pass


@dataclass(slots=True)
class Checker:
    """Checks files; what several of them need is loaded once."""

    options: Options
    cache: Path
    walk: Walk
    _bindings: dict[tuple[Path | None, Path | None], Bindings] = field(default_factory=dict)
    _inspectors: dict[tuple[str, Tool, Path | None], Inspector] = field(default_factory=dict)
    _targets: dict[Path, Target] = field(default_factory=dict)

    def check(self, job: Job) -> FileResult:
        """Raises: ToolError."""
        checks = {
            FileKind.DESCRIPTION: self._description,
            FileKind.BINDING: self._binding,
            FileKind.OVERLAY: self._overlay,
            FileKind.TABLE: self._table,
            FileKind.UNREADABLE: self._unreadable,
        }
        try:
            return self._allowed(job.file, checks.get(job.kind, self._tree)(job))
        except files.Unreadable as error:
            return FileResult(layout.display(job.file), job.kind.value, error.refusal().diagnostics)

    def _allowed(self, file: Path, result: FileResult) -> FileResult:
        """With what the project allows marked."""
        entries = self.walk.settings_of(file).allowed(file)
        if not entries:
            return result
        trees = (replace(t, assessment=allow.allowed(t.assessment, entries)[0]) for t in result.trees)
        return replace(result, diagnostics=allow.marked(result.diagnostics, entries)[0], trees=tuple(trees))

    def _unreadable(self, job: Job) -> FileResult:
        """Raises: Unreadable, unless it has become readable meanwhile."""
        files.read(job.file, blob.MAX_SIZE)
        return FileResult(layout.display(job.file), job.kind.value, ())

    def bindings_of(self, job: Job, progress: Report = _quiet) -> Bindings | None:
        """Those that a file is validated against; None where its builder loads them. Raises: ToolError."""
        if job.kind in (FileKind.DESCRIPTION, FileKind.UNREADABLE):
            return None
        given = self._target(job.file).bindings
        around = select.root_of(job.file) if job.kind is FileKind.BINDING else None
        if (given, around) not in self._bindings:
            self._bindings[given, around] = (
                select.choose_around(job.file, given, self.cache, progress, self.options.way)
                if around
                else select.choose(given, self.cache, progress, self.options.way)
            )
        return self._bindings[given, around]

    def _target(self, file: Path) -> Target:
        """What a file is for, which takes a look at all descriptions. Raises: ToolError."""
        if file not in self._targets:
            self._targets[file] = check_bases.target_of(file, self.options, self.walk.settings_of(file))
        return self._targets[file]

    def _inspector(self, job: Job, kernel: KernelTree | None) -> tuple[Inspector, Bindings]:
        found = self.bindings_of(job)
        assert found
        dtc = compiler.find_dtc(kernel.root if kernel else None)
        configured = self.walk.settings_of(job.file)
        key = (found.engine.identity, dtc, configured.file)
        if key not in self._inspectors:
            results = Verdicts(layout.kept_verdicts(self.cache))
            self._inspectors[key] = Inspector(found.engine, dtc, results, configured.severities)
        return self._inspectors[key], found

    def _description(self, job: Job) -> FileResult:
        configured, options = self.walk.settings_of(job.file), self.options
        builder = Builder(
            Finder.from_directory(job.file.absolute().parent),
            settings.kernel_tree(options.kernel, configured),
            settings.bindings(options.bindings, configured),
            options.symbols,
            _quiet,
            self.cache,
            configured.severities,
            options.way,
            include=(*options.include, *settings.include(configured)),
        )
        shown = layout.display(job.file)
        build = builder.assemble(BuildRequest(shown, options.bases, Path()))
        stale: tuple[Diagnostic, ...] = ()
        if build.board:
            places = update.committed(build.board, job.file, configured)
            stale = tuple(update.stale(build, places, self._name(job.file), configured.severities))
        result = build.result
        trees = (
            TreeResult(shown, base.file, base.assessment, base.applied, base.seconds) for base in result.bases
        )
        diagnostics = (*_misplaced(job.file), *result.diagnostics, *stale)
        notes = (*result.notes, *(note for base in result.bases for note in base.notes))
        return FileResult(shown, job.kind.value, diagnostics, tuple(trees), result.bindings, notes)

    def _name(self, description: Path) -> str:
        """What `dtgen build` takes for it here."""
        known = Finder.from_directory(Path.cwd()).boards().get(description.stem)
        same = known is not None and layout.resolved(known) == layout.resolved(description)
        return description.stem if same else layout.display(description)

    def _overlay(self, job: Job) -> FileResult:
        configured = self.walk.settings_of(job.file)
        target = self._target(job.file)
        inspector, found = self._inspector(job, target.kernel)
        finder = Finder.from_directory(job.file.absolute().parent)
        allowed = configured.allowed(job.file)
        applier = Applier(inspector, finder, self.cache, configured.severities, allowed)
        outcome = applier.check(job.file, target)
        return FileResult(
            layout.display(job.file),
            job.kind.value,
            outcome.diagnostics,
            outcome.trees,
            found.name,
            (*found.notes, *outcome.notes),
        )

    def _tree(self, job: Job) -> FileResult:
        """A base: a blob, or a board's source. What is wrong with one that overlays are for is not theirs."""
        configured, shown = self.walk.settings_of(job.file), layout.display(job.file)
        if job.file.suffix == ".dtbo":
            return self._overlay(job)
        target = self._target(job.file)
        inspector, found = self._inspector(job, target.kernel)
        try:
            tree = Reader(self.cache, target.kernel, target.include).base(job.file)
            assessment = assess_alone(tree, inspector, self.options.pas_at_el2)
        except Rejected as refusal:
            trees = (TreeResult(shown, None, Assessment(refusal.diagnostics), False, 0.0),)
            return FileResult(shown, job.kind.value, (), trees, found.name, found.notes)
        named = self.walk.described(Finder.from_directory(job.file.absolute().parent)).values()
        if check_bases.is_base(job.file, self.options, configured) or any(
            layout.resolved(job.file) in bases for bases in named
        ):
            assessment = Assessment((), (), assessment.introduced, assessment.undocumented)
        trees = (TreeResult(shown, None, assessment, True, 0.0),)
        return FileResult(shown, job.kind.value, (), trees, found.name, found.notes)

    def _table(self, job: Job) -> FileResult:
        configured = self.walk.settings_of(job.file)
        target = self._target(job.file)
        inspector, found = self._inspector(job, target.kernel)
        prover = Prover(Shelf(target.kernel, self.cache))
        outcome = TableChecker(prover, inspector, configured.severities, target.pas_at_el2).check(
            job.file, self.options.metadata
        )
        return FileResult(
            layout.display(job.file),
            job.kind.value,
            outcome.diagnostics,
            outcome.trees,
            found.name,
            (*found.notes, *outcome.notes),
        )

    def _binding(self, job: Job) -> FileResult:
        target = self._target(job.file)
        found = self.bindings_of(job)
        assert found
        include = (*target.include, *(target.kernel.include if target.kernel else ()))
        shown = layout.display(job.file)
        diagnostics = sorted(check_binding.check(job.file, found, include), key=lambda d: d.sort_key)
        return FileResult(shown, job.kind.value, tuple(diagnostics), (), found.name, found.notes)
