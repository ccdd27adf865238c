"""`dtgen validate`: whole trees, trees against their base, or overlays on a base."""

from __future__ import annotations

import dataclasses
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from dtgen.bindings.select import USUAL, Bindings, Way, choose
from dtgen.checks.cache import KeptVerdict, Terms, Verdicts
from dtgen.checks.given import SOURCES, Reader, instead
from dtgen.checks.introduced import assess, assess_verdict
from dtgen.checks.location import TreeLocator, in_blob
from dtgen.checks.tree import Inspector
from dtgen.commands import validate_tree, view
from dtgen.commands.validate_tree import Answer, Examiner, Given, Question
from dtgen.dts import compiler
from dtgen.errors import Rejected, ToolError
from dtgen.jobs import local
from dtgen.jobs.local import Done
from dtgen.overlay.base import Base
from dtgen.progress import Report
from dtgen.project import files, layout
from dtgen.project.layout import Finder, KernelTree
from dtgen.project.settings import Settings
from dtgen.records import dataclass
from dtgen.results import Assessment, TreeResult

_SUFFIX = ".dtb"
_PARALLEL_FROM = 8
"""Trees; fewer are done before other processes have started."""


@dataclass(frozen=True, slots=True)
class ValidateRequest:
    """What is to be validated; at most one of `against` and `base` is given."""

    paths: tuple[Path, ...]
    """Files, blobs or sources, and directories of blobs."""
    against: Path | None = None
    """What the trees were made from."""
    base: Path | None = None
    """What the files, then a stack of overlays, are applied to."""
    bindings: Path | None = None
    """A kernel tree, a directory or a processed schema; None: the built-in ones."""
    symbols: Path | None = None
    pas_at_el2: bool | None = None
    """Whether TrustZone serves PAS to Linux at EL2; None where the trees are not for EL2."""
    way: Way = USUAL
    results: Path | None = None
    """Where verdicts are kept, so that a tree is not validated twice; None: nowhere."""
    processes: int | None = None
    """How many share the work; None: as is useful."""
    executor: str | None = None
    """The address of the scheduler of a cluster; None: this machine."""
    viewed: bool = False
    """Whether results have what there is to look at in the trees, where they are few."""
    kernel: KernelTree | None = None
    """Where sources include from; and its bindings, where none are named."""
    include: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A validation under way."""

    bindings: Bindings
    notes: tuple[str, ...]
    trees: Iterator[TreeResult]
    """In the order of the files, each as soon as it and all before it are done. Raises: ToolError."""


def validate(
    request: ValidateRequest, finder: Finder, settings: Settings, cache: Path, progress: Report
) -> Run:
    """Raises: ToolError. A file that is no tree is an error in its result and does not stop the others."""
    reader = Reader(cache, request.kernel, request.include)
    bindings = request.bindings or (request.kernel.bindings if request.kernel else None)
    found = choose(bindings, cache, progress, request.way)
    notes = (*found.notes, *request.way.scope.notes)
    if request.base:
        return Run(found, notes, iter([_overlays(request, request.base, reader, found, finder, settings)]))
    listed = _listed(request.paths)
    try:
        against = _read(request.against, reader, request) if request.against else None
    except Rejected as refusal:
        refused = Assessment(refusal.diagnostics)
        name = layout.display(request.against or Path())
        return Run(found, notes, iter([TreeResult(name, None, refused, False)]))
    question = Question(found.loadable, settings.severities, request.pas_at_el2, against)
    return Run(found, notes, _trees(request, reader, listed, found, question, progress))


def _listed(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The files, and the blobs below the directories, each once; sorted where nobody gave an order."""
    found = (file for path in paths for file in (_below(path) if path.is_dir() else [path]))
    return tuple({layout.display(file): file for file in found}.values())


def _below(directory: Path) -> list[Path]:
    """Raises: ToolError where there is none."""
    found = [directory / name for name in files.below(directory, _SUFFIX)]
    if not found:
        shown = layout.display(directory)
        remedy = "build the trees first (`make dtbs` in a kernel tree), or give files"
        raise ToolError(f"there is no blob (*{_SUFFIX}) below {shown}", remedy)
    return sorted(found)


def _read(file: Path, reader: Reader, request: ValidateRequest) -> Given:
    """Raises: Rejected where a source does not compile; ToolError."""
    data, shown = reader.blob(file), layout.display(file)
    if file.suffix not in SOURCES or request.executor:  # other machines have not the sources
        return Given(shown, data)
    return Given(shown, data, (file, reader.tree(file), reader.searched(file)))


def _trees(
    request: ValidateRequest,
    reader: Reader,
    listed: tuple[Path, ...],
    found: Bindings,
    question: Question,
    progress: Report,
) -> Iterator[TreeResult]:
    # what is said of a comparison is of two trees
    verdicts = Verdicts(None if question.against else request.results)
    terms = Terms(question.bindings.identity, compiler.find_dtc(), question.severities, question.pas_at_el2)
    begun: deque[tuple[str, str, Base | None]] = deque()
    """What the file is called, the key of its verdict, and the tree of a source."""

    def work() -> Iterator[Given | Done[Answer]]:
        for file in listed:
            try:
                given = _read(file, reader, request)
                base = given.base() if given.compiled and not question.against else None
            except Rejected as refusal:
                begun.append((layout.display(file), "", None))
                yield Done(Answer(Assessment(refusal.diagnostics), False))
                continue
            except files.Unreadable as error:
                if len(listed) == 1:
                    raise
                # the verdict on the others is not to be lost
                begun.append((layout.display(file), "", None))
                yield Done(Answer(Assessment(error.refusal().diagnostics), False))
                continue
            key = verdicts.key(terms, given.blob)
            begun.append((given.file, key, base))
            known = verdicts.load(key)
            yield Done(Answer(known, True)) if known else given

    def tell(done: int) -> None:
        if len(listed) > 1:
            progress("validating", done, len(listed))

    tell(0)
    answers = _answers(request, len(listed), found, question)(work())
    for done, answer in enumerate(answers, 1):
        file, key, source = begun.popleft()
        said = answer.said
        if isinstance(said, KeptVerdict):
            if answer.seconds is not None:
                verdicts.save(key, said)
            said = assess_verdict(said, TreeLocator(source, file).old if source else in_blob(file))
        base = question.against.file if question.against else None
        result = TreeResult(file, base, said, answer.validated, answer.seconds)
        yield view.of_file(result, reader) if request.viewed and len(listed) <= view.MOST else result
        tell(done)


def _answers(
    request: ValidateRequest, of: int, found: Bindings, question: Question
) -> Callable[[Iterable[Given | Done[Answer]]], Iterator[Answer]]:
    """Who answers: this process, several of them, or a cluster."""
    if request.executor:
        try:
            from dtgen.commands.validate_cluster import Cluster
        except ImportError as error:
            remedy = "install it: pip install '.[cluster]' in dtgen's repository"
            raise ToolError("--executor needs dask's distributed, which is not installed", remedy) from error
        return Cluster(request.executor, question).results
    processes = request.processes or (local.available() if of >= _PARALLEL_FROM else 1)
    results = request.results if question.against else None
    if min(processes, of) < 2:
        return partial(local.here, Examiner(question, results, found.engine).examine)
    from dtgen.jobs.processes import Processes

    return Processes(
        min(processes, of),
        validate_tree.begin,
        (question, results),
        validate_tree.examine,
        validate_tree.died,
    ).results


def _overlays(
    request: ValidateRequest,
    base: Path,
    reader: Reader,
    found: Bindings,
    finder: Finder,
    settings: Settings,
) -> TreeResult:
    from dtgen.commands import apply

    started = time.monotonic()
    stack = " + ".join(map(layout.display, request.paths))
    shown = layout.display(base)
    inspector = Inspector(found.engine, compiler.find_dtc(), Verdicts(request.results), settings.severities)
    try:
        applied = apply.applied(
            apply.ApplyRequest(base, request.paths, reader, request.symbols), finder, settings.severities
        )
    except Rejected as refusal:
        found_wrong = instead(refusal, "leave out --base: it is for overlays").diagnostics
        return TreeResult(stack, shown, Assessment(found_wrong), False)
    layers = tuple(
        (step.merged, written.locator)
        for step, written in zip(applied.stack.steps, applied.overlays, strict=True)
    )
    assessment = assess(applied.base, applied.stack.merged, layers, inspector, request.pas_at_el2)
    introduced = (*applied.diagnostics, *assessment.introduced)
    assessment = dataclasses.replace(assessment, introduced=introduced)
    name, merged = f"{shown} + {stack}", applied.stack.blob
    looked = view.of_stack(applied.stack, applied.base, name, merged) if request.viewed else None
    return TreeResult(stack, shown, assessment, True, time.monotonic() - started, applied.notes, looked)
