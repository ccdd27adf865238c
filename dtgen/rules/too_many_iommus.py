"""A PAS remoteproc has more `iommus` entries than the binding allows.

Why: the firmware of a remoteproc uses one stream, and the binding says how many entries a node may have;
how many that is has changed from kernel to kernel, so the number is read from the binding that is
loaded. What is beyond it is refused by `make dtbs_check` and by reviewers.

Fires on:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&smmu 0x10 0x0>, <&smmu 0x12 0x0>; };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&smmu 0x3000 0x0>; };
    dma { iommus = <&smmu 0x480 0x0>, <&smmu 0x481 0x0>; };

Fix: keep the stream of the processor's firmware. Two neighbouring streams may be one match with a mask;
the streams of what the processor does for Linux belong into the nodes below it.

Source: the binding remoteproc/qcom,pas-common.yaml, property iommus.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.hardware.naming import claimant
from dtgen.hardware.pas import is_pas
from dtgen.hardware.system import System

ID = "too-many-iommus"


def check(system: System) -> Iterator[Finding]:
    if system.max_iommus is None:
        return
    entries = Counter(claim.subject for claim in system.claims if claim.subject.property == "iommus")
    for subject, count in entries.items():
        if count > system.max_iommus and is_pas(system.tree.nodes[subject.path]):
            yield Finding(
                subject,
                f"{claimant(system.tree, subject.path)} has {count} entries in iommus, "
                f"the binding allows {system.max_iommus}",
                "keep the stream of the processor's firmware; the others belong in the nodes below it",
            )
