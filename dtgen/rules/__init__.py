"""The tables of rules, by the stage in which they are checked. A rule is a module here.

Its docstring is its documentation, with examples that the tests execute; `check()` finds. It knows neither
its severity, which stands here, nor files or formats. `checks/findings.py` runs a stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from dtgen.delivery.stacks import Delivery
from dtgen.description.provenance import Described
from dtgen.description.yaml import Document
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Finding, Severity
from dtgen.dts.source import CompiledSource, Source
from dtgen.hardware.system import System
from dtgen.overlay.application import Application
from dtgen.overlay.committed import Committed
from dtgen.overlay.stack import Step
from dtgen.rules import (
    added_label,
    aliased_stream,
    already_applied,
    another_soc,
    attach_overlap,
    bad_fixup,
    bad_phandle,
    base_without_symbols,
    cannot_import,
    conflicting_streams,
    contradictory_name,
    contradictory_source,
    dangling_image,
    dangling_phandle,
    dangling_reference,
    delete_in_overlay,
    driver_comment,
    duplicate_compatible,
    enabled_zap_shader,
    enables_disabled_device,
    extended_stream_id,
    firmware_only,
    foreign_compatible,
    foreign_include,
    forgotten_pas_user,
    fragment_target,
    hypervisor_leftover,
    ignored_overlay,
    kernel_dependent_map,
    label_clash,
    lost_fragment,
    lost_node,
    malformed_specifier,
    missing_firmware_child,
    missing_header,
    missing_load,
    missing_piece,
    missing_source,
    mixed_order,
    no_base,
    no_op,
    no_overlay,
    no_room,
    non_canonical_stream,
    not_installed,
    numbered_phandle,
    open_place,
    overlay_first,
    overlay_path,
    overwritten_property,
    partial_overlap,
    pas_region,
    pas_without_stream,
    pcie_without_iommu_map,
    phandle_overwrite,
    plain_name,
    refused_map_entry,
    refused_overlay,
    renumbered_phandle,
    repeated_overlay,
    repeated_property,
    reserved_overlap,
    shared_stream,
    shortest_compatible,
    sibling_match,
    stack_order,
    stale_generated,
    stale_label,
    stream_budget,
    stream_width,
    stream_without_pas,
    too_many_iommus,
    unavailable_provider,
    unformatted,
    unknown_label,
    unknown_suffix,
    unset_address,
    unsorted_labels,
    untranslated_device,
    unused_allow,
    unused_image,
)

S = TypeVar("S")
"""What a stage looks at."""
S_contra = TypeVar("S_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Rule(Generic[S]):
    """One check. `severity` is what its findings have unless a project says otherwise."""

    id: str
    severity: Severity
    check: Callable[[S], Iterator[Finding]]
    documentation: str
    at_el2: bool
    """Whether it says what a tree must have for EL2: what a base, made for EL1, lacks is no excuse."""


class _Module(Protocol[S_contra]):
    """A rule's file."""

    ID: str

    def check(self, subject: S_contra, /) -> Iterator[Finding]: ...


def rule(module: _Module[S], severity: Severity, at_el2: bool = False) -> Rule[S]:
    """The rule of a module, as a table has it."""
    return Rule(module.ID, severity, module.check, module.__doc__ or "", at_el2)


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
    (rule(open_place, Severity.ERROR),),
    adjustable=False,
)

IMPORT: Stage[Overlay] = Stage(
    "when a description is made of an overlay",
    (rule(cannot_import, Severity.ERROR),),
    adjustable=False,
)

REVIEW: Stage[Source] = Stage(
    "when an overlay's source is read as it was written",
    (
        rule(driver_comment, Severity.WARNING),
        rule(foreign_include, Severity.WARNING),
        rule(missing_header, Severity.WARNING),
        rule(unformatted, Severity.WARNING),
        rule(unsorted_labels, Severity.WARNING),
    ),
)

SOURCE: Stage[CompiledSource] = Stage(
    "when the overlay's source and its blob are compared",
    (rule(delete_in_overlay, Severity.ERROR), rule(lost_fragment, Severity.ERROR)),
    adjustable=False,
)

OVERLAY: Stage[Overlay] = Stage(
    "when the overlay is read, whatever it is for",
    (rule(no_overlay, Severity.ERROR),),
    adjustable=False,
)

APPLICATION: Stage[Application] = Stage(
    "when the overlay is looked at beside a base, before it is applied",
    (
        rule(bad_fixup, Severity.ERROR),
        rule(another_soc, Severity.ERROR),
        rule(unknown_label, Severity.ERROR),
        rule(sibling_match, Severity.ERROR),
        rule(stale_label, Severity.ERROR),
        rule(bad_phandle, Severity.ERROR),
        rule(fragment_target, Severity.ERROR),
    ),
    adjustable=False,
)

STACK: Stage[Step] = Stage(
    "when several overlays are applied in order",
    (
        rule(dangling_reference, Severity.ERROR),
        rule(lost_node, Severity.WARNING),
        rule(foreign_compatible, Severity.WARNING),
        rule(label_clash, Severity.WARNING),
        rule(numbered_phandle, Severity.WARNING),
        rule(overlay_path, Severity.WARNING),
        rule(phandle_overwrite, Severity.WARNING),
        rule(overwritten_property, Severity.ERROR),
        rule(repeated_property, Severity.WARNING),
        rule(added_label, Severity.INFO),
        rule(firmware_only, Severity.INFO),
        rule(already_applied, Severity.INFO),
    ),
)

MERGED: Stage[System] = Stage(
    "on the merged tree",
    (
        rule(aliased_stream, Severity.ERROR),
        rule(attach_overlap, Severity.ERROR),
        rule(dangling_phandle, Severity.ERROR),
        rule(enabled_zap_shader, Severity.ERROR, at_el2=True),
        rule(enables_disabled_device, Severity.WARNING),
        rule(extended_stream_id, Severity.WARNING),
        rule(forgotten_pas_user, Severity.WARNING, at_el2=True),
        rule(hypervisor_leftover, Severity.WARNING, at_el2=True),
        rule(kernel_dependent_map, Severity.INFO),
        rule(malformed_specifier, Severity.ERROR),
        rule(missing_firmware_child, Severity.WARNING, at_el2=True),
        rule(no_op, Severity.INFO),
        rule(non_canonical_stream, Severity.INFO),
        rule(partial_overlap, Severity.ERROR),
        rule(pas_region, Severity.ERROR),
        rule(pas_without_stream, Severity.WARNING, at_el2=True),
        rule(pcie_without_iommu_map, Severity.WARNING, at_el2=True),
        rule(refused_map_entry, Severity.ERROR),
        rule(reserved_overlap, Severity.ERROR),
        rule(shared_stream, Severity.INFO),
        rule(stream_budget, Severity.WARNING),
        rule(stream_width, Severity.ERROR),
        rule(stream_without_pas, Severity.ERROR, at_el2=True),
        rule(too_many_iommus, Severity.ERROR),
        rule(unavailable_provider, Severity.ERROR),
        rule(untranslated_device, Severity.WARNING),
    ),
)

DESCRIPTION: Stage[Described] = Stage(
    "when the description is built",
    (
        rule(missing_source, Severity.INFO),
        rule(conflicting_streams, Severity.WARNING),
        rule(contradictory_source, Severity.INFO),
        rule(unused_allow, Severity.WARNING),
    ),
)

REPOSITORY: Stage[Committed] = Stage(
    "when the files of a repository are checked",
    (rule(no_base, Severity.ERROR), rule(stale_generated, Severity.ERROR)),
)

DELIVERY: Stage[Delivery] = Stage(
    "when a table of a loader or a build is checked",
    (
        rule(overlay_first, Severity.ERROR),
        rule(dangling_image, Severity.ERROR),
        rule(missing_load, Severity.ERROR),
        rule(base_without_symbols, Severity.ERROR),
        rule(stack_order, Severity.ERROR),
        rule(refused_overlay, Severity.ERROR),
        rule(repeated_overlay, Severity.WARNING),
        rule(no_room, Severity.ERROR),
        rule(renumbered_phandle, Severity.ERROR),
        rule(ignored_overlay, Severity.ERROR),
        rule(missing_piece, Severity.WARNING),
        rule(not_installed, Severity.WARNING),
        rule(duplicate_compatible, Severity.ERROR),
        rule(contradictory_name, Severity.ERROR),
        rule(plain_name, Severity.WARNING),
        rule(shortest_compatible, Severity.WARNING),
        rule(unknown_suffix, Severity.WARNING),
        rule(mixed_order, Severity.INFO),
        rule(unused_image, Severity.INFO),
        rule(unset_address, Severity.INFO),
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
ADJUSTABLE = frozenset(rule.id for stage in STAGES if stage.adjustable for rule in stage.rules)
"""Whose severity a project may change."""
