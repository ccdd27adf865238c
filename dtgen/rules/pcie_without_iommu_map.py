"""An available PCIe controller has no iommu-map, and the SoC has an SMMU for PCIe.

Why: the hypervisor keeps the SMMUv3 of PCIe to itself and translates for Linux. At EL2 the SMMU is
Linux's, and `iommu-map` says which of its streams belong to the devices of a controller. Without it they
get no translation: their DMA is stopped, or goes where it likes.

Fires on:

    smmu: iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
    pcie { device_type = "pci"; };

Passes:

    smmu: iommu { compatible = "arm,smmu-v3"; #iommu-cells = <1>; };
    pcie-1 { device_type = "pci"; iommu-map = <0x0 &smmu 0x30000 0x10000>; pcie@0 { device_type = "pci"; }; };
    pcie-2 { device_type = "pci"; status = "disabled"; };

Passes without an SMMUv3:

    pcie { device_type = "pci"; };

Fix: add the iommu-map of the controller, or disable it.

Source: of_pci_iommu_init() in the kernel's drivers/iommu/of_iommu.c; pci/pci-iommu.yaml of dt-schema.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.tree import Node, Tree
from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.iommu import is_smmu_v3
from dtgen.hardware.system import System

ID = "pcie-without-iommu-map"


def check(system: System) -> Iterator[Finding]:
    tree = system.tree
    smmu = next(filter(is_smmu_v3, tree.nodes.values()), None)
    if smmu is None or system.pas_at_el2 is None:
        return
    for node in controllers(tree):
        if "iommu-map" not in node.properties and system.available(node):
            name, provider = tree.name_of(node.path), tree.name_of(smmu.path)
            yield Finding(
                Subject(node.path),
                f"{name} has no iommu-map: at EL2 {provider} is Linux's, and what is behind {name} gets no "
                "translation",
                f"add iommu-map = <0x0 {provider} … 0x10000>; with the first stream ID of the controller",
            )


def controllers(tree: Tree) -> Iterator[Node]:
    """Those of PCIe, without the bridges below them."""
    for node in tree.nodes.values():
        if _is_pci(node) and not any(map(_is_pci, tree.parents(node.path))):
            yield node


def _is_pci(node: Node) -> bool:
    return "pci" in node.strings("device_type")
