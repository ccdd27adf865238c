"""One tree after the other is validated, in this process, in another one, or on another machine."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path

from dtgen.bindings.plain import Engine
from dtgen.bindings.select import Loadable
from dtgen.checks.cache import KeptVerdict, Verdicts
from dtgen.checks.introduced import assess
from dtgen.checks.tree import Inspector
from dtgen.devicetree import blob
from dtgen.diagnostics import Location, Severity
from dtgen.dts import compiler
from dtgen.errors import Rejected, rejected
from dtgen.jobs.local import crashed
from dtgen.overlay.base import Base, from_blob
from dtgen.overlay.merge import Merged
from dtgen.project.layout import KernelTree
from dtgen.records import dataclass
from dtgen.results import Assessment


@dataclass(frozen=True, slots=True)
class Given:
    """A file that was read, and what messages call it."""

    file: str
    blob: bytes = field(repr=False)
    compiled: Compiled | None = None
    """Where the lines are; None for a blob."""

    def base(self) -> Base:
        """Raises: Rejected where it is no tree, or is an overlay."""
        found = from_blob(self.file, self.blob)
        if self.compiled is None:
            return found
        source, kernel, include = self.compiled
        return replace(found, source=source, kernel=kernel, include=include)


Compiled = tuple[Path, KernelTree | None, tuple[Path, ...]]
"""A source, what it is a part of, and where it includes from besides."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every tree; a process needs no more to answer as any other one would."""

    bindings: Loadable
    severities: Mapping[str, Severity | None]
    pas_at_el2: bool | None = None
    """Whether TrustZone serves PAS to Linux at EL2; None where the trees are not for EL2."""
    against: Given | None = None
    """What the trees were made from."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one tree."""

    said: KeptVerdict | Assessment
    """A verdict where nothing is compared with the tree: it is the same whatever the file is called."""
    validated: bool
    """False where there is no tree in the file; then the assessment says why."""
    seconds: float | None = None
    """None where nobody had to look at it now."""


class Examiner:
    """Answers the question of one tree after the other; what all need is loaded once, with the first."""

    def __init__(self, question: Question, results: Path | None, engine: Engine | None = None) -> None:
        """`results`: where verdicts are kept; None: nowhere. `engine`: the question's, where it is loaded."""
        self._question = question
        self._results = results
        self._engine = engine

    @cached_property
    def _inspector(self) -> Inspector:
        asked = self._question
        engine = self._engine or asked.bindings.load()
        return Inspector(engine, compiler.find_dtc(), Verdicts(self._results), asked.severities)

    @cached_property
    def _base(self) -> Base | None:
        """Raises: Rejected where what the trees were made from is no tree, or is an overlay."""
        against = self._question.against
        return against.base() if against else None

    def examine(self, given: Given) -> Answer:
        """Raises: ToolError."""
        inspector = self._inspector  # no tree is to answer for the time that this takes
        started = time.monotonic()
        try:
            said, validated = self._said(given, inspector), True
        except Rejected as refusal:
            said, validated = Assessment(refusal.diagnostics), False
        return Answer(said, validated, time.monotonic() - started)

    def keep(self) -> None:
        """Have what was worked out ready for the next run."""
        if "_inspector" in vars(self):
            self._inspector.engine.keep()

    def _said(self, given: Given, inspector: Inspector) -> KeptVerdict | Assessment:
        base, pas_at_el2 = self._base, self._question.pas_at_el2
        tree = blob.read_one(given.blob, given.file)
        if tree.is_overlay:
            raise rejected(
                "wrong-base",
                "this is an overlay: it cannot be validated without a base",
                Location(given.file),
                f"say what it is for: dtgen validate {given.file} --base BASE.dtb",
            )
        if base is None:
            return inspector.whole(Merged.unchanged(tree, given.blob), pas_at_el2).verdict
        made = given.base() if given.compiled else None
        return assess(base, Merged(base.tree, tree, given.blob), (), inspector, pas_at_el2, made=made)


# In a process of a pool

_examiner: Examiner


def begin(question: Question, results: Path | None) -> None:
    from multiprocessing.util import Finalize

    global _examiner  # noqa: PLW0603  how a pool gives its processes something to keep
    _examiner = Examiner(question, results)
    Finalize(None, _examiner.keep, exitpriority=0)  # a process of a pool knows no atexit


def examine(given: Given) -> Answer:
    """Raises: ToolError."""
    return _examiner.examine(given)


def died(given: Given) -> Answer:
    """Of a tree that a process died of."""
    return Answer(Assessment(crashed(given.file).diagnostics), False)
