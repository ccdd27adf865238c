"""What becomes of every user of PAS at EL2."""

from __future__ import annotations

import pytest
from corpus import ROOT

from dtgen.description import board as boards
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged, merge
from dtgen.project.layout import Finder

BOARD = """
/ {{
    smmu: iommu {{ compatible = "arm,mmu-500"; #iommu-cells = <2>; }};
    bus: bus {{ user: user {{ compatible = "{compatible}"; {user} }}; }};
}};
"""
OFF = 'status = "disabled";'
UNSERVED = "PAS is not served at EL2: it runs as the firmware left it, if at all"
ADSP, VENUS = "qcom,sa8775p-adsp-pas", "qcom,sc7180-venus"
IOMMUS = "iommus = <&smmu 0x3000 0x0>;"


@pytest.fixture(scope="session")
def fate(dtb, dtbo):
    """Of the one user in BOARD: fate, streams, why."""

    def literal(compatible: str, user: str = "", overlay: str = "", pas: bool = True):
        data = dtb(BOARD.format(compatible=compatible, user=user))
        merged = Merged.unchanged(blob.read(data, "test.dtb"), data)
        if overlay:
            overlay_data = dtbo(overlay)
            merged = merge(merged.tree, data, Overlay.of(blob.read(overlay_data, "test.dtbo")), overlay_data)
        (found,) = System(merged, pas).pas_users
        return found.fate.value, found.streams, found.why

    return literal


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((ADSP, IOMMUS), ("has a stream", "0x3000/0x0 on &smmu", "")),
        (
            (ADSP, IOMMUS, "", False),
            ("has a stream", "0x3000/0x0 on &smmu", "but PAS is not served at EL2"),
        ),
        (
            (ADSP, "iommus = <&smmu 0x3000 0x0>, <&smmu 0x3001 0x0>;"),
            ("has a stream", "0x3000/0x0 on &smmu, 0x3001/0x0 on &smmu", ""),
        ),
        ((ADSP, "iommus = <&smmu 0x3000>;"), ("has a stream", "iommus", "")),
        ((ADSP,), ("forgotten", "", "it needs a stream")),
        ((ADSP, "", "", False), ("untouched", "", UNSERVED)),
        ((ADSP, OFF), ("disabled", "", "in the base")),
        ((ADSP, "", f"&user {{ {OFF} }};"), ("disabled", "", "by the overlay")),
        ((ADSP, "", f"&bus {{ {OFF} }};"), ("disabled", "", "by the overlay, with &bus")),
        ((ADSP, OFF, f"&user {{ {OFF} }};"), ("disabled", "", "in the base")),
        ((ADSP, OFF, '&user { status = "okay"; };'), ("forgotten", "", "it needs a stream")),
        ((VENUS,), ("forgotten", "", "it needs a firmware child")),
        ((VENUS, IOMMUS), ("forgotten", "", "it needs a firmware child")),
        ((VENUS, "", "", False), ("forgotten", "", "it needs a firmware child")),
        ((VENUS, "video-firmware { };"), ("forgotten", "", "its video-firmware has no stream")),
        (
            (VENUS, f"video-firmware {{ {IOMMUS} }};"),
            ("has a stream", "0x3000/0x0 on &smmu", "of its video-firmware"),
        ),
        (
            ("qcom,wcn3990-wifi", f"wifi-firmware {{ {IOMMUS} }};"),
            ("has a stream", "0x3000/0x0 on &smmu", "of its wifi-firmware"),
        ),
        (("qcom,wcn3990-wifi", IOMMUS), ("untouched", "", "its firmware is part of the modem's")),
        (
            ("qcom,sc7180-ipa", IOMMUS),
            ("untouched", "", "its streams are for data; its firmware needs none"),
        ),
        (("qcom,sa8775p-iris", IOMMUS), ("forgotten", "", "it needs to be disabled")),
        (
            ("qcom,sa8775p-iris", f"{IOMMUS} iommu-map = <0x6 &smmu 0x882 0x400 0x1>;"),
            ("has a stream", "0x882/0x400 on &smmu", "of its iommu-map, by function"),
        ),
        (
            ("qcom,sa8775p-iris", f"iommu-map; video-firmware {{ {IOMMUS} }};"),
            ("has a stream", "0x3000/0x0 on &smmu", "of its video-firmware"),
        ),
        (
            ("qcom,wcn6750-wifi", "iommu-map = <0x6 &smmu 0x5 0x0 0x1>;"),
            ("forgotten", "", "it needs a firmware child"),
        ),
    ],
)
def test_fates(fate, arguments, expected):
    assert fate(*arguments) == expected


def test_what_needs_no_stream(dtb):
    data = dtb(BOARD.format(compatible=ADSP, user=""))
    merged = Merged.unchanged(blob.read(data, "test.dtb"), data)
    (found,) = System(merged, True, streamless={"/bus/user": "it has none (a datasheet)"}).pas_users
    assert (found.fate.value, found.why) == ("untouched", "it has none (a datasheet)")
    data = dtb(BOARD.format(compatible=ADSP, user=OFF))
    merged = Merged.unchanged(blob.read(data, "test.dtb"), data)
    (found,) = System(merged, True, streamless={"/bus/user": "it has none (a datasheet)"}).pas_users
    assert (found.fate.value, found.why) == ("disabled", "in the base")


def test_a_tree_that_nobody_said_is_for_el2_has_no_fates(dtb):
    data = dtb(BOARD.format(compatible=ADSP, user=""))
    assert System(Merged.unchanged(blob.read(data, "test.dtb"), data)).pas_users == ()


@pytest.fixture(scope="session")
def users(compiled):
    """Of a board of the kernel with the kernel's overlay."""

    def of(base: str, name: str):
        data, overlay = compiled(f"{base}.dts"), compiled(f"{name}-el2.dtso")
        merged = merge(blob.read(data, base), data, Overlay.of(blob.read(overlay, name)), overlay)
        pas_at_el2 = boards.load(name, Finder((ROOT,))).pas_at_el2
        found = System(merged, pas_at_el2).pas_users
        return [(user.name, user.kind.title, user.fate.value, user.streams, user.why) for user in found]

    return of


def test_the_users_of_monaco(users):
    assert users("monaco-evk", "monaco") == [
        ("&remoteproc_adsp", "remote processor", "has a stream", "0x2000/0x0 on &apps_smmu", ""),
        ("&gpu_zap_shader", "GPU zap shader", "disabled", "", "by the overlay"),
        ("&iris", "video codec", "disabled", "", "by the overlay"),
        ("&remoteproc_gpdsp", "remote processor", "has a stream", "0x28a0/0x0 on &apps_smmu", ""),
        ("&remoteproc_cdsp", "remote processor", "has a stream", "0x19c0/0x400 on &apps_smmu", ""),
    ]


def test_the_users_of_acer_aspire1(users):
    assert users("sc7180-acer-aspire1", "sc7180") == [
        ("&ipa", "IPA", "disabled", "", "in the base"),
        ("&remoteproc_mpss", "remote processor", "untouched", "", UNSERVED),
        ("&gpu_zap_shader", "GPU zap shader", "disabled", "", "by the overlay"),
        ("&venus", "video codec", "has a stream", "0xc42/0x0 on &apps_smmu", "of its video-firmware"),
        ("&wifi", "wifi", "untouched", "", "its firmware is part of the modem's"),
        ("&remoteproc_adsp", "remote processor", "untouched", "", UNSERVED),
    ]
