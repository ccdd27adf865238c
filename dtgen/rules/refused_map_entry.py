"""The kernel refuses an entry of an iommu-map or msi-map.

Why: an entry is looked up by ID when a device is probed, and the device is refused with it. An output of
one cell counts up with the ID. Of one with more cells the kernel cannot tell which of them does, so such
an entry has one ID (-22, EINVAL). And an ID is looked up with the bits of `iommu-map-mask` alone, so an
entry that begins outside of the mask is a mistake: no ID that reaches it gets further (-14, EFAULT).

Fires on a range of IDs at an SMMU with two cells:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    pcie { iommu-map = <0x0 &smmu 0x1400 0x0 0x10>; };

Fires on an ID outside of the mask:

    smmu: iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
    pcie { iommu-map = <0x0 &smmu 0x0 0x1>, <0x4 &smmu 0x4 0x1>; iommu-map-mask = <0xfff8>; };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    pcie_smmu: pcie-iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
    pcie-1 { iommu-map = <0x0 &smmu 0x1400 0x0 0x1>, <0x100 &smmu 0x1401 0x0 0x1>; };
    pcie-2 { iommu-map = <0x0 &pcie_smmu 0x30000 0x10000>; iommu-map-mask = <0xfff8>; };

Fix: write an entry for each ID, with the length 1; correct the ID or the mask.

Source: of_map_id() in the kernel's drivers/of/base.c, v7.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.cells import ID_MAPS, id_map
from dtgen.devicetree.tree import Node, Tree
from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.iommu import id_mask, is_refused_range
from dtgen.hardware.system import System

ID = "refused-map-entry"


def check(system: System) -> Iterator[Finding]:
    for node in system.tree.nodes.values():
        for name in ID_MAPS.keys() & node.properties.keys():
            yield from _map(system.tree, node, name)


def _map(tree: Tree, node: Node, name: str) -> Iterator[Finding]:
    subject, mask = Subject(node.path, name), id_mask(node, name)
    for number, entry in enumerate(id_map(tree, node.properties[name]), 1):
        if not entry.sound or entry.provider is None:
            return
        if entry.input & ~mask:
            yield Finding(
                subject,
                f"entry {number} of {name} begins at ID {entry.input:#x}, which has bits outside of "
                f"{name}-mask {mask:#x}: the kernel refuses every device that no earlier entry is for (-14)",
                f"correct the ID or {name}-mask",
                (Subject(node.path, f"{name}-mask"),),
                entry=number,
            )
            return
        if is_refused_range(entry):
            yield Finding(
                subject,
                f"entry {number} of {name} has {entry.length:#x} IDs, and {len(entry.output)} cells for "
                f"{tree.name_of(entry.provider.path)}: the kernel refuses its devices (-22), for it cannot "
                "tell which cell counts up",
                "write an entry for each ID, with the length 1",
                entry=number,
            )
