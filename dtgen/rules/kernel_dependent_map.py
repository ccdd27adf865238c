"""An overlay's iommu-map or msi-map is not read alike by all kernels.

Why: from Linux v7.2 on, an entry of a map has as many cells between the phandle and the length as the
provider's `#iommu-cells` or `#msi-cells` says. Earlier kernels take one cell there, whatever the provider
says, and refuse or misread another number. v7.2 still takes one cell for a provider with two where all
entries have four cells, the same provider and the length 1, and warns once.

Fires on what only v7.2 and later read:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    pcie: pcie { };
    /plugin/;
    &pcie { iommu-map = <0x0 &smmu 0x1400 0x0 0x1>; };

Fires on the form of earlier kernels:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    pcie: pcie { };
    /plugin/;
    &pcie { iommu-map = <0x0 &smmu 0x1400 0x1>; };

Passes:

    smmu: iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
    pcie: pcie { };
    /plugin/;
    &pcie { iommu-map = <0x0 &smmu 0x30000 0x10000>; };

Fix: nothing, where the overlay is for one kernel alone. One for both has the form of four cells, which
has no mask.

Source: of_map_id() and of_check_bad_map() in the kernel's drivers/of/base.c, v7.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.cells import ID_MAPS, MapEntry, has_four_cell_entries, id_map
from dtgen.devicetree.tree import Property, Tree
from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.system import System

ID = "kernel-dependent-map"


def check(system: System) -> Iterator[Finding]:
    for node in system.tree.nodes.values():
        for name, prop in node.properties.items():
            if name in ID_MAPS and system.wrote(subject := Subject(node.path, name)):
                yield from _map(system.tree, subject, prop)


def _map(tree: Tree, subject: Subject, prop: Property) -> Iterator[Finding]:
    entries = list(id_map(tree, prop))
    owner = tree.name_of(subject.path)
    if not all(entry.sound for entry in entries):
        return
    if has_four_cell_entries(tree, prop):
        provider = _name(tree, entries[0])
        yield Finding(
            subject,
            f"{prop.name} of {owner} has one cell for {provider}, which takes 2: Linux reads it so from v7.2 "
            "on because all entries have one provider and the length 1, and warns of it",
            f"for v7.2 and later alone, write all the cells that {provider} takes",
        )
        return
    for entry in entries:
        if entry.expected != 1:
            provider = _name(tree, entry)
            yield Finding(
                subject,
                f"{prop.name} of {owner} has {entry.expected} cells for {provider}: Linux reads it so from "
                "v7.2 on; earlier kernels take one, and refuse or misread it",
                "for both, see `dtgen explain kernel-dependent-map`",
            )
            return


def _name(tree: Tree, entry: MapEntry) -> str:
    return tree.name_of(entry.provider.path) if entry.provider else ""
