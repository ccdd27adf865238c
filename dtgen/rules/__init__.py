"""The tables of rules, by the stage in which they are checked. A rule is a module here.

Its docstring is its documentation, with examples that the tests execute; `check()` finds. It knows neither
its severity, which stands here, nor files or formats. `checks/findings.py` runs a stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dtgen.diagnostics import Finding, Severity
from dtgen.dts.checks import CHECKS, PREFIX
from dtgen.records import dataclass

if TYPE_CHECKING:
    from dtgen.delivery.stacks import Delivery
    from dtgen.description.importing.obstacles import Imported
    from dtgen.description.provenance import Described
    from dtgen.description.yaml import Document
    from dtgen.devicetree.fragments import Overlay
    from dtgen.dts.source import CompiledSource, Source
    from dtgen.hardware.system import System
    from dtgen.overlay.application import Application
    from dtgen.overlay.committed import Committed
    from dtgen.overlay.stack import Step

S = TypeVar("S")
"""What a stage looks at."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[S]):
    """One check, in the module of its name, which is imported when it is needed: most commands need a few."""

    id: str
    severity: Severity
    """What its findings have unless a project says otherwise."""
    at_el2: bool = False
    """Whether it says what a tree must have for EL2: what a base, made for EL1, lacks is no excuse."""
    about_streams: bool = False
    """Whether what a description of the SoC has there helps."""

    @property
    def check(self) -> Callable[[S], Iterator[Finding]]:
        """What finds."""
        found: Callable[[S], Iterator[Finding]] = self._module.check
        return found

    @property
    def documentation(self) -> str:
        return self._module.__doc__ or ""

    @property
    def _module(self) -> Any:
        return import_module(f"{__name__}.{self.id.replace('-', '_')}")


@dataclass(frozen=True, slots=True)
class Stage(Generic[S]):
    """Rules that look at one kind of thing, in the order in which a person is to read their findings."""

    when: str
    """Such that "checked …" makes a sentence."""
    rules: tuple[Rule[S], ...]
    adjustable: bool = True
    """Whether a project may change the severities; not where an error leaves nothing to go on with."""


READING: Stage[Document] = Stage(
    "when a description is read",
    (Rule("open-place", Severity.ERROR),),
    adjustable=False,
)

IMPORT: Stage[Imported] = Stage(
    "when a description is made of an overlay",
    (Rule("cannot-import", Severity.ERROR),),
    adjustable=False,
)

REVIEW: Stage[Source] = Stage(
    "when an overlay's source is read as it was written",
    (
        Rule("driver-comment", Severity.WARNING),
        Rule("foreign-include", Severity.WARNING),
        Rule("missing-header", Severity.WARNING),
        Rule("unformatted", Severity.WARNING),
        Rule("unsorted-labels", Severity.WARNING),
    ),
)

SOURCE: Stage[CompiledSource] = Stage(
    "when the overlay's source and its blob are compared",
    (Rule("delete-in-overlay", Severity.ERROR), Rule("lost-fragment", Severity.ERROR)),
    adjustable=False,
)

OVERLAY: Stage[Overlay] = Stage(
    "when the overlay is read, whatever it is for",
    (Rule("no-overlay", Severity.ERROR),),
    adjustable=False,
)

APPLICATION: Stage[Application] = Stage(
    "when the overlay is looked at beside a base, before it is applied",
    (
        Rule("bad-fixup", Severity.ERROR),
        Rule("another-soc", Severity.ERROR),
        Rule("unknown-label", Severity.ERROR),
        Rule("sibling-match", Severity.ERROR),
        Rule("stale-label", Severity.ERROR),
        Rule("bad-phandle", Severity.ERROR),
        Rule("fragment-target", Severity.ERROR),
    ),
    adjustable=False,
)

STACK: Stage[Step] = Stage(
    "when several overlays are applied in order",
    (
        Rule("dangling-reference", Severity.ERROR),
        Rule("lost-node", Severity.WARNING),
        Rule("foreign-compatible", Severity.WARNING),
        Rule("label-clash", Severity.WARNING),
        Rule("numbered-phandle", Severity.WARNING),
        Rule("ignored-target-path", Severity.WARNING),
        Rule("overlay-path", Severity.WARNING),
        Rule("phandle-overwrite", Severity.WARNING),
        Rule("overwritten-property", Severity.ERROR),
        Rule("repeated-property", Severity.WARNING),
        Rule("wrong-unit-address", Severity.WARNING),
        Rule("added-label", Severity.INFO),
        Rule("firmware-only", Severity.INFO),
        Rule("already-applied", Severity.INFO),
    ),
)

MERGED: Stage[System] = Stage(
    "on the merged tree",
    (
        Rule("aliased-stream", Severity.ERROR),
        Rule("attach-overlap", Severity.ERROR, about_streams=True),
        Rule("dangling-phandle", Severity.ERROR),
        Rule("enabled-zap-shader", Severity.ERROR, at_el2=True),
        Rule("enables-disabled-device", Severity.WARNING),
        Rule("extended-stream-id", Severity.WARNING, about_streams=True),
        Rule("forgotten-pas-user", Severity.WARNING, at_el2=True),
        Rule("hypervisor-leftover", Severity.WARNING, at_el2=True),
        Rule("kernel-dependent-map", Severity.INFO),
        Rule("malformed-specifier", Severity.ERROR, about_streams=True),
        Rule("missing-firmware-child", Severity.WARNING, at_el2=True),
        Rule("no-op", Severity.INFO),
        Rule("non-canonical-stream", Severity.INFO),
        Rule("partial-overlap", Severity.ERROR, about_streams=True),
        Rule("pas-region", Severity.ERROR),
        Rule("pas-without-stream", Severity.WARNING, at_el2=True, about_streams=True),
        Rule("pcie-without-iommu-map", Severity.WARNING, at_el2=True),
        Rule("refused-map-entry", Severity.ERROR),
        Rule("reserved-overlap", Severity.ERROR),
        Rule("shared-stream", Severity.INFO),
        Rule("stream-budget", Severity.WARNING),
        Rule("stream-width", Severity.ERROR, about_streams=True),
        Rule("stream-without-pas", Severity.ERROR, at_el2=True),
        Rule("too-many-iommus", Severity.ERROR),
        Rule("unavailable-provider", Severity.ERROR),
        Rule("untranslated-device", Severity.WARNING),
    ),
)

DESCRIPTION: Stage[Described] = Stage(
    "when the description is built",
    (
        Rule("missing-source", Severity.INFO),
        Rule("conflicting-streams", Severity.WARNING),
        Rule("contradictory-source", Severity.INFO),
        Rule("unused-allow", Severity.WARNING),
        Rule("vain-removal", Severity.WARNING),
    ),
)

REPOSITORY: Stage[Committed] = Stage(
    "when the files of a repository are checked",
    (Rule("no-base", Severity.ERROR), Rule("stale-generated", Severity.ERROR)),
)

DELIVERY: Stage[Delivery] = Stage(
    "when a table of a loader or a build is checked",
    (
        Rule("overlay-first", Severity.ERROR),
        Rule("dangling-image", Severity.ERROR),
        Rule("missing-load", Severity.ERROR),
        Rule("base-without-symbols", Severity.ERROR),
        Rule("stack-order", Severity.ERROR),
        Rule("refused-overlay", Severity.ERROR),
        Rule("repeated-overlay", Severity.WARNING),
        Rule("no-room", Severity.ERROR),
        Rule("renumbered-phandle", Severity.ERROR),
        Rule("ignored-overlay", Severity.ERROR),
        Rule("ended-label", Severity.ERROR),
        Rule("dangling-default", Severity.ERROR),
        Rule("missing-file", Severity.ERROR),
        Rule("missing-piece", Severity.WARNING),
        Rule("not-installed", Severity.WARNING),
        Rule("duplicate-compatible", Severity.ERROR),
        Rule("contradictory-name", Severity.ERROR),
        Rule("plain-name", Severity.WARNING),
        Rule("shortest-compatible", Severity.WARNING),
        Rule("unknown-suffix", Severity.WARNING),
        Rule("mixed-order", Severity.INFO),
        Rule("unused-image", Severity.INFO),
        Rule("unset-address", Severity.INFO),
    ),
)

STAGES: tuple[Stage[Any], ...] = (
    IMPORT,
    READING,
    DESCRIPTION,
    REVIEW,
    SOURCE,
    OVERLAY,
    APPLICATION,
    STACK,
    MERGED,
    REPOSITORY,
    DELIVERY,
)
"""In the order in which a run comes to them."""

ALL: Mapping[str, Rule[Any]] = {
    rule.id: rule
    for rule in sorted((rule for stage in STAGES for rule in stage.rules), key=lambda rule: rule.id)
}
IDS = frozenset(rule.id for rule in MERGED.rules)
"""Of the merged tree: what a description may allow."""
ADJUSTABLE = frozenset(rule.id for stage in STAGES if stage.adjustable for rule in stage.rules) | {
    f"{PREFIX}{check}" for check in CHECKS
}
"""Whose severity a project may change; those of bindings, by their files, too."""
