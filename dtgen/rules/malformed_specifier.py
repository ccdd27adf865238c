"""An entry of a phandle list does not have the cells that its provider takes.

Why: dtc and libfdt copy cells without knowing what they mean. The kernel takes as many cells as the
provider's `#…-cells` says, so one cell too few or too many shifts all that follows: the wrong stream,
or -EINVAL when the device probes.

Fires on:

    smmu: iommu { #iommu-cells = <2>; };
    dsp { iommus = <&smmu 0x3000>; };

Passes:

    smmu: iommu { #iommu-cells = <2>; };
    dsp { iommus = <&smmu 0x3000 0x0>; };

The entries of `iommu-map` and `msi-map` follow the provider, too, from Linux v7.2 on. Earlier releases
take one cell, whatever the provider says; v7.2 still does where the provider has two, and all entries of
the map have four cells, the same provider and the length 1.

Fires on:

    smmu: iommu { #iommu-cells = <2>; };
    pcie { iommu-map = <0x0 &smmu 0x1400 0x10>; };

Passes:

    smmu: iommu { #iommu-cells = <2>; };
    pcie-1 { iommu-map = <0x0 &smmu 0x1400 0x0 0x1>, <0x100 &smmu 0x1401 0x0 0x1>; };
    pcie-2 { iommu-map = <0x0 &smmu 0x1480 0x1>, <0x100 &smmu 0x1481 0x1>; };

Fix: give every entry the phandle of a provider and exactly the cells that it takes.

Source: of_phandle_iterator_next() and of_map_id() in the kernel's drivers/of/base.c; Devicetree
Specification 2.3.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.cells import (
    ID_MAPS,
    SPECIFIERS,
    MapEntry,
    Specifier,
    four_cell_starts,
    id_map,
    specifiers,
)
from dtgen.devicetree.tree import Property, Tree
from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged
from dtgen.words import counted

ID = "malformed-specifier"

# Lists that the kernel reads no further than to an empty entry; of others it skips that one.
# Source: of_iommu_configure_dev() in drivers/iommu/of_iommu.c
_ENDED_BY_EMPTY = ("iommus",)

_FORMS = {
    "iommus": "an entry is <&smmu stream-id mask> for an SMMU with two cells, <&smmu stream-id> with one",
    "iommu-map": (
        "an entry is <requester-id &smmu stream-id mask length> for an SMMU with two cells, "
        "<requester-id &smmu stream-id length> with one"
    ),
    "msi-map": "an entry is <requester-id &msi-controller device-id length>",
}


def check(system: System) -> Iterator[Finding]:
    merged = system.merged
    for node in merged.tree.nodes.values():
        for name, prop in node.properties.items():
            if name in SPECIFIERS:
                subject = Subject(node.path, name)
                yield from _list(merged, subject, prop)
            elif name in ID_MAPS:
                yield from _id_map(merged, Subject(node.path, name), prop)


def _list(merged: Merged, subject: Subject, prop: Property) -> Iterator[Finding]:
    starts = merged.references.get(subject, ())
    if wrong := _no_cells(prop, starts):
        yield _finding(subject, wrong)
        return
    number = next(filter(None, prop.cells[: starts[0] // 4]), None) if starts else None
    if number is not None:
        yield _finding(subject, f"{prop.name} starts with the number {number:#x}, not with a phandle")
        return
    entries = list(specifiers(merged.tree, prop, starts))
    for number, entry in enumerate(entries, 1):
        if entry.provider is None and entry.offset in starts:
            continue  # dangling-reference says more of it
        if not entry.sound:
            yield _finding(
                subject, f"entry {number} of {prop.name} {_reason(merged.tree, prop, entry)}", number
            )
        elif entry.is_empty and prop.name in _ENDED_BY_EMPTY and number < len(entries):
            message = f"entry {number} of {prop.name} is empty: the kernel reads no further"
            yield _finding(subject, message, number)


def _no_cells(prop: Property, starts: tuple[int, ...]) -> str | None:
    """`starts`: where phandles are known to be."""
    if prop.is_strings and not starts:
        return f"{prop.name} is a string, and takes references"
    if not prop.value or len(prop.value) % 4:
        return f"{prop.name} has {len(prop.value)} bytes, which is not a whole number of cells"
    return None


def _reason(tree: Tree, prop: Property, entry: Specifier) -> str:
    if not entry.phandle:
        return f"is empty (0) and has {counted(len(entry.args), 'cell')}"
    if entry.provider is None:
        return f"starts with {entry.phandle:#x}, which is not the phandle of any node"
    provider = tree.name_of(entry.provider.path)
    cells_name = SPECIFIERS[prop.name]
    if entry.expected is None:
        what = "an IOMMU" if prop.name == "iommus" else f"a provider of {prop.name}"
        return f"names {provider}, which is not {what}: it has no {cells_name}"
    takes = f"{provider} takes {entry.expected}"
    because = f" ({cells_name})" if cells_name else ""
    return f"has {counted(len(entry.args), 'cell')} after the phandle, {takes}{because}"


def _id_map(merged: Merged, subject: Subject, prop: Property) -> Iterator[Finding]:
    tree, starts = merged.tree, merged.references.get(subject, ())
    if wrong := _no_cells(prop, starts):
        yield _finding(subject, wrong)
        return
    starts = starts or four_cell_starts(tree, prop)
    if starts and starts[0] != 4:
        yield _finding(subject, f"{prop.name} has its first phandle in cell {starts[0] // 4 + 1}, not in 2")
        return
    for number, entry in enumerate(id_map(tree, prop, starts), 1):
        reason = _map_reason(tree, ID_MAPS[prop.name], entry)
        if reason:
            yield _finding(subject, f"entry {number} of {prop.name} {reason}", number)


def _map_reason(tree: Tree, cells_name: str, entry: MapEntry) -> str | None:
    count = len(entry.cells)
    if entry.phandle is None:
        return "has no phandle"
    if entry.provider is None:
        return f"has {entry.phandle:#x} where a phandle should be, and no node has it"
    provider = tree.name_of(entry.provider.path)
    if cells_name not in entry.provider.properties and "msi-controller" not in entry.provider.properties:
        return f"names {provider}, which has no {cells_name}"
    if not entry.sound:
        takes = f"{provider} takes {entry.expected} ({cells_name})"
        return f"has {count} cells, not {entry.due}: {takes}"
    return None


def _finding(subject: Subject, message: str, entry: int | None = None) -> Finding:
    return Finding(subject, message, _FORMS.get(subject.property or "", ""), entry=entry)
