"""The table of causes. A cause is a module here: its docstring is its documentation, `check()` looks at a boot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

from dtgen.bringup.case import Case
from dtgen.bringup.causes import (
    attach_refused,
    broken_image,
    carveout_overlap,
    carveout_refused,
    deferred_supplier,
    el2_tree_at_el1,
    emulated_watchdog,
    firmware_crash,
    firmware_device,
    incomplete,
    level_el1,
    malformed_map,
    no_cause,
    no_devicetree,
    no_msi,
    no_tree,
    overlay_refused,
    pas_refused,
    pcie_fault,
    refused_access,
    resource_table,
    shm_bridge,
    start_failed,
    start_timeout,
    stream_alias,
    stream_range,
    unclaimed_stream,
    unmapped_access,
    unmapped_carveout,
    unmapped_requester,
    wrong_tree,
    zap_shader,
)
from dtgen.bringup.verdict import Stage, Verdict
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause that logs show, and where in a boot it strikes."""

    id: str
    stage: Stage
    check: Callable[[Case], Iterator[Verdict]]
    documentation: str


def _cause(module: ModuleType, stage: Stage) -> Cause:
    return Cause(module.ID, stage, module.check, module.__doc__ or "")


CAUSES: tuple[Cause, ...] = (
    _cause(overlay_refused, Stage.LOADER),
    _cause(no_tree, Stage.LOADER),
    _cause(wrong_tree, Stage.TREE),
    _cause(el2_tree_at_el1, Stage.LEVEL),
    _cause(refused_access, Stage.ABORT),
    _cause(malformed_map, Stage.SMMU),
    _cause(stream_alias, Stage.SMMU),
    _cause(stream_range, Stage.SMMU),
    _cause(unmapped_requester, Stage.SMMU),
    _cause(attach_refused, Stage.START),
    _cause(broken_image, Stage.START),
    _cause(carveout_refused, Stage.START),
    _cause(no_msi, Stage.START),
    _cause(pas_refused, Stage.START),
    _cause(resource_table, Stage.START),
    _cause(shm_bridge, Stage.START),
    _cause(start_timeout, Stage.START),
    _cause(zap_shader, Stage.START),
    _cause(firmware_device, Stage.START),
    _cause(start_failed, Stage.START),
    _cause(pcie_fault, Stage.FAULT),
    _cause(unclaimed_stream, Stage.FAULT),
    _cause(unmapped_carveout, Stage.FAULT),
    _cause(unmapped_access, Stage.FAULT),
    _cause(firmware_crash, Stage.CONSUMER),
    _cause(emulated_watchdog, Stage.CONSUMER),
    _cause(deferred_supplier, Stage.CONSUMER),
    _cause(incomplete, Stage.CONSUMER),
    _cause(carveout_overlap, Stage.CONSUMER),
    _cause(level_el1, Stage.NOTE),
    _cause(no_cause, Stage.NOTE),
    _cause(no_devicetree, Stage.NOTE),
)
"""In the order in which they are asked: what an earlier one explains is no cause to a later one."""

ALL: Mapping[str, Cause] = {cause.id: cause for cause in sorted(CAUSES, key=lambda cause: cause.id)}
