"""The devices of an SMMU need more stream mapping groups than it can have.

Why: an SMMUv2 has at most 128 of them, and may have fewer. In each is one match, an ID and a mask. The
kernel takes one for every match that no earlier one contains, in the order in which devices are probed,
and refuses the devices that come when all are taken (-28, ENOSPC). Counted are the matches of available
nodes that no other match contains, and every entry of an `iommu-map` once: no fewer are needed. The
fullest SMMU in Linux's devicetrees needs 77.

Fires on:

    s: iommu { compatible = "qcom,smmu-v2"; #iommu-cells = <1>; };
    dsp {
        iommus = <
            &s 0 &s 1 &s 2 &s 3 &s 4 &s 5 &s 6 &s 7 &s 8 &s 9 &s 10 &s 11 &s 12 &s 13 &s 14 &s 15 &s 16 &s 17
            &s 18 &s 19 &s 20 &s 21 &s 22 &s 23 &s 24 &s 25 &s 26 &s 27 &s 28 &s 29 &s 30 &s 31 &s 32 &s 33
            &s 34 &s 35 &s 36 &s 37 &s 38 &s 39 &s 40 &s 41 &s 42 &s 43 &s 44 &s 45 &s 46 &s 47 &s 48 &s 49
            &s 50 &s 51 &s 52 &s 53 &s 54 &s 55 &s 56 &s 57 &s 58 &s 59 &s 60 &s 61 &s 62 &s 63 &s 64 &s 65
            &s 66 &s 67 &s 68 &s 69 &s 70 &s 71 &s 72 &s 73 &s 74 &s 75 &s 76 &s 77 &s 78 &s 79 &s 80 &s 81
            &s 82 &s 83 &s 84 &s 85 &s 86 &s 87 &s 88 &s 89 &s 90 &s 91 &s 92 &s 93 &s 94 &s 95 &s 96 &s 97
            &s 98 &s 99 &s 100 &s 101 &s 102 &s 103 &s 104 &s 105 &s 106 &s 107 &s 108 &s 109 &s 110 &s 111
            &s 112 &s 113 &s 114 &s 115 &s 116 &s 117 &s 118 &s 119 &s 120 &s 121 &s 122 &s 123 &s 124 &s 125
            &s 126 &s 127 &s 128
        >;
    };

Passes:

    smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    a { iommus = <&smmu 0x0 0xff>; };
    b { iommus = <&smmu 0x1 0x0>; };

Fix: join neighbouring streams into one match with a mask, or disable what is not used.

Source: arm_smmu_find_sme() in the kernel's drivers/iommu/arm/arm-smmu/arm-smmu.c; Arm SMMUv2
specification, SMMU_IDR0.NUMSMRG.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.iommu import MAPPING_GROUPS, is_smmu_v2
from dtgen.hardware.sharing import by_smmu, mapping_groups
from dtgen.hardware.system import System

ID = "stream-budget"


def check(system: System) -> Iterator[Finding]:
    for path, claims in by_smmu(system.live_claims).items():
        if not is_smmu_v2(claims[0].smmu):
            continue
        needed = len(mapping_groups(claims))
        if needed > MAPPING_GROUPS:
            written = tuple(dict.fromkeys(claim.subject for claim in claims if system.wrote(claim.subject)))
            yield Finding(
                Subject(path),
                f"the devices of {system.tree.name_of(path)} need {needed} stream mapping groups, "
                f"an SMMUv2 has {MAPPING_GROUPS} at most: the devices that are probed last are refused (-28)",
                "join neighbouring streams into one match with a mask, or disable what is not used",
                written,
            )
