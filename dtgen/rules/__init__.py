"""The tables of rules. A rule is a module here: its docstring is its documentation, `check()` finds.

What is found before there is a merged tree is documented here, too, and has no `check()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import ModuleType

from dtgen.diagnostics import Finding, Severity
from dtgen.hardware.system import System
from dtgen.rules import (
    aliased_stream,
    already_applied,
    another_soc,
    attach_overlap,
    bad_fixup,
    bad_phandle,
    conflicting_streams,
    delete_in_overlay,
    driver_comment,
    enabled_zap_shader,
    enables_disabled_device,
    extended_stream_id,
    forgotten_pas_user,
    fragment_target,
    hypervisor_leftover,
    kernel_dependent_map,
    lost_fragment,
    malformed_specifier,
    missing_firmware_child,
    missing_header,
    missing_source,
    no_base,
    no_op,
    no_overlay,
    non_canonical_stream,
    overwritten_property,
    partial_overlap,
    pas_region,
    pas_without_stream,
    pcie_without_iommu_map,
    phandle_overwrite,
    refused_map_entry,
    reserved_overlap,
    shared_stream,
    stale_generated,
    stale_label,
    stream_budget,
    stream_width,
    stream_without_pas,
    too_many_iommus,
    unavailable_provider,
    unformatted,
    unknown_label,
    unsorted_labels,
    untranslated_device,
    unused_allow,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A check of the merged tree. `severity` is what it has unless a project says otherwise."""

    id: str
    severity: Severity
    check: Callable[[System], Iterator[Finding]]
    documentation: str
    at_el2: bool
    """Whether it says what a tree must have for EL2: what a base, made for EL1, lacks is no excuse."""


def _rule(module: ModuleType, severity: Severity, at_el2: bool = False) -> Rule:
    return Rule(module.ID, severity, module.check, module.__doc__ or "", at_el2)


RULES: tuple[Rule, ...] = (
    _rule(aliased_stream, Severity.ERROR),
    _rule(attach_overlap, Severity.ERROR),
    _rule(enabled_zap_shader, Severity.ERROR, at_el2=True),
    _rule(enables_disabled_device, Severity.WARNING),
    _rule(extended_stream_id, Severity.WARNING),
    _rule(forgotten_pas_user, Severity.WARNING, at_el2=True),
    _rule(hypervisor_leftover, Severity.WARNING, at_el2=True),
    _rule(kernel_dependent_map, Severity.INFO),
    _rule(malformed_specifier, Severity.ERROR),
    _rule(missing_firmware_child, Severity.WARNING, at_el2=True),
    _rule(no_op, Severity.INFO),
    _rule(non_canonical_stream, Severity.INFO),
    _rule(partial_overlap, Severity.ERROR),
    _rule(pas_region, Severity.ERROR),
    _rule(pas_without_stream, Severity.WARNING, at_el2=True),
    _rule(pcie_without_iommu_map, Severity.WARNING, at_el2=True),
    _rule(refused_map_entry, Severity.ERROR),
    _rule(reserved_overlap, Severity.ERROR),
    _rule(shared_stream, Severity.INFO),
    _rule(stream_budget, Severity.WARNING),
    _rule(stream_width, Severity.ERROR),
    _rule(stream_without_pas, Severity.ERROR, at_el2=True),
    _rule(too_many_iommus, Severity.ERROR),
    _rule(unavailable_provider, Severity.ERROR),
    _rule(untranslated_device, Severity.WARNING),
)


class Stage(Enum):
    """When something is found that no merged tree shows any more."""

    DESCRIPTION = "the description is built"
    SOURCE = "the overlay's source and its blob are compared"
    REVIEW = "an overlay's source is read as it was written"
    REPOSITORY = "the files of a repository are checked"
    APPLICATION = "the overlay is looked at beside a base, before it is applied"
    STACK = "several overlays are applied in order"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is found before there is a merged tree. The check is where the stage is; this is what is told."""

    id: str
    severity: Severity
    stage: Stage
    documentation: str


def _earlier(module: ModuleType, severity: Severity, stage: Stage) -> Earlier:
    return Earlier(module.ID, severity, stage, module.__doc__ or "")


EARLIER: tuple[Earlier, ...] = (
    _earlier(already_applied, Severity.INFO, Stage.STACK),
    _earlier(another_soc, Severity.ERROR, Stage.APPLICATION),
    _earlier(bad_fixup, Severity.ERROR, Stage.APPLICATION),
    _earlier(bad_phandle, Severity.ERROR, Stage.APPLICATION),
    _earlier(conflicting_streams, Severity.WARNING, Stage.DESCRIPTION),
    _earlier(delete_in_overlay, Severity.ERROR, Stage.SOURCE),
    _earlier(driver_comment, Severity.WARNING, Stage.REVIEW),
    _earlier(fragment_target, Severity.ERROR, Stage.APPLICATION),
    _earlier(lost_fragment, Severity.ERROR, Stage.SOURCE),
    _earlier(missing_header, Severity.WARNING, Stage.REVIEW),
    _earlier(missing_source, Severity.INFO, Stage.DESCRIPTION),
    _earlier(no_base, Severity.ERROR, Stage.REPOSITORY),
    _earlier(no_overlay, Severity.ERROR, Stage.APPLICATION),
    _earlier(overwritten_property, Severity.ERROR, Stage.STACK),
    _earlier(phandle_overwrite, Severity.WARNING, Stage.STACK),
    _earlier(stale_generated, Severity.ERROR, Stage.REPOSITORY),
    _earlier(stale_label, Severity.ERROR, Stage.APPLICATION),
    _earlier(unformatted, Severity.WARNING, Stage.REVIEW),
    _earlier(unknown_label, Severity.ERROR, Stage.APPLICATION),
    _earlier(unsorted_labels, Severity.WARNING, Stage.REVIEW),
    _earlier(unused_allow, Severity.WARNING, Stage.DESCRIPTION),
)


IDS = frozenset(rule.id for rule in RULES)
_EVERY: tuple[Rule | Earlier, ...] = (*RULES, *EARLIER)
ALL: Mapping[str, Rule | Earlier] = {rule.id: rule for rule in sorted(_EVERY, key=lambda rule: rule.id)}
_REMARKS = (Stage.DESCRIPTION, Stage.REPOSITORY, Stage.REVIEW, Stage.STACK)
ADJUSTABLE = IDS | {rule.id for rule in EARLIER if rule.stage in _REMARKS}
"""Whose severity a project may change: of the others, there is nothing to go on with."""


def run(system: System) -> Iterator[tuple[Rule, Finding]]:
    """Every finding of every rule."""
    for rule in RULES:
        for finding in rule.check(system):
            yield rule, finding
