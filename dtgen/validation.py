"""`dtgen validate`: a whole tree, a tree against its base, or overlays on a base."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dtgen import application, bases, project
from dtgen.assessment import assess, assess_alone
from dtgen.bases import Base
from dtgen.bindings.choice import choose
from dtgen.bindings.results import ResultCache
from dtgen.devicetree import compiler
from dtgen.devicetree.merge import Merged
from dtgen.diagnostics import Location
from dtgen.errors import Rejected, ToolError, rejected
from dtgen.inspection import Inspector
from dtgen.locator import Locator
from dtgen.progress import Report
from dtgen.project import Finder
from dtgen.result import Assessment, TreeResult, ValidationResult
from dtgen.settings import Settings


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be validated; at most one of `against` and `base` is given."""

    files: tuple[Path, ...]
    against: Path | None = None
    """What the trees were made from."""
    base: Path | None = None
    """What the files, then a stack of overlays, are applied to."""
    bindings: Path | None = None
    """A kernel tree, a directory or a processed schema; None: the built-in ones."""
    symbols: Path | None = None
    pas_at_el2: bool | None = None
    """Whether TrustZone serves PAS to Linux at EL2; None where the trees are not for EL2."""


def validate(
    request: Request, finder: Finder, settings: Settings, cache: Path, progress: Report
) -> ValidationResult:
    """Raises: ToolError. A file that is no tree is told in its result and does not stop the others."""
    found = choose(request.bindings, False, cache, partial(progress, "preparing bindings"))
    results = ResultCache(cache / "results")
    inspector = Inspector(found.engine, compiler.find_dtc(), results, settings.severities)
    trees = []
    if request.base:
        trees.append(_overlays(request, request.base, inspector, finder, settings))
    else:
        for done, file in enumerate(request.files, 1):
            trees.append(_tree(file, request, inspector))
            if len(request.files) > 1:
                progress("validating", done, len(request.files))
    return ValidationResult(tuple(trees), found.problems, found.name, found.notes)


def _tree(file: Path, request: Request, inspector: Inspector) -> TreeResult:
    started, against, pas_at_el2 = time.monotonic(), request.against, request.pas_at_el2
    shown, base = project.display(file), project.display(against) if against else None
    try:
        tree = _read(file)
        if against is None:
            assessment = assess_alone(tree, inspector, pas_at_el2)
        else:
            old = _read(against)
            assessment = assess(old, Merged(old.tree, tree.tree, tree.blob), (), inspector, pas_at_el2)
    except ToolError as error:
        if len(request.files) == 1:
            raise
        # the verdict on the others is not to be lost
        refusal = rejected("unreadable", str(error), Location(shown), error.remedy)
        return TreeResult(shown, base, Assessment(refusal.diagnostics), False, 0.0)
    except Rejected as refusal:
        return TreeResult(shown, base, Assessment(refusal.diagnostics), False, 0.0)
    return TreeResult(shown, base, assessment, True, time.monotonic() - started)


def _read(file: Path) -> Base:
    """Raises: Rejected where the file is no tree, or an overlay; ToolError where it cannot be read."""
    (outcome,) = bases.from_files([file]).outcomes
    if isinstance(outcome, Base):
        return outcome
    if any(diagnostic.rule == "wrong-base" for diagnostic in outcome.assessment.introduced):
        raise rejected(
            "wrong-base",
            "this is an overlay, and says nothing without a base",
            Location(outcome.file),
            f"say what it is for: dtgen validate {outcome.file} --base BASE.dtb",
        )
    raise Rejected(*outcome.assessment.introduced)


def _overlays(
    request: Request, base: Path, inspector: Inspector, finder: Finder, settings: Settings
) -> TreeResult:
    started = time.monotonic()
    stack = " + ".join(map(project.display, request.files))
    shown = project.display(base)
    try:
        applied = application.applied(
            application.Request(base, request.files, request.symbols), finder, settings.severities
        )
    except Rejected as refusal:
        return TreeResult(stack, shown, Assessment(refusal.diagnostics), False, 0.0)
    layers = tuple(
        (step, Locator(project.display(file)))
        for step, file in zip(applied.stack.steps, request.files, strict=True)
    )
    assessment = assess(applied.base, applied.stack.merged, layers, inspector, request.pas_at_el2)
    introduced = (*applied.diagnostics, *assessment.introduced)
    assessment = dataclasses.replace(assessment, introduced=introduced)
    return TreeResult(stack, shown, assessment, True, time.monotonic() - started, applied.notes)
