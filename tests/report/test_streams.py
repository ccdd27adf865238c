"""The stream map, printed."""

from __future__ import annotations

import dataclasses
import json

from dtgen.diagnostics import Subject
from dtgen.hardware.sharing import Sharing
from dtgen.hardware.stream_map import Claimant, Smmu, Stream, StreamMap
from dtgen.report.streams import report
from dtgen.report.style import Style

ADSP, DAIS = "/soc@0/remoteproc@30000000", "/soc@0/remoteproc@30000000/glink-edge/dais"


def claimant(
    path: str,
    label: str | None = None,
    *,
    available: bool = True,
    new: bool = False,
    sharing: Sharing | None = None,
    shares_with: tuple[str, ...] = (),
    name: str = "iommus",
) -> Claimant:
    return Claimant(Subject(path, name), label, 1, available, new, sharing, shares_with)


APPS = Smmu(
    "/soc@0/iommu@15000000",
    "apps_smmu",
    2,
    "okay",
    True,
    3,
    (
        Stream(
            0x480,
            0,
            1,
            (
                claimant(
                    "/soc@0/dma@1", "cryptobam", sharing=Sharing.GROUP, shares_with=("/soc@0/crypto@1",)
                ),
                claimant("/soc@0/crypto@1", "crypto", sharing=Sharing.GROUP, shares_with=("/soc@0/dma@1",)),
            ),
        ),
        Stream(0x880, 0x400, 1, (claimant("/soc@0/codec@1", "iris", available=False),)),
        Stream(
            0x3001,
            0,
            1,
            (
                claimant(ADSP, "remoteproc_adsp", new=True, sharing=Sharing.ATTACH, shares_with=(DAIS,)),
                claimant(DAIS, sharing=Sharing.ATTACH, shares_with=(ADSP,)),
            ),
        ),
    ),
)

PCIE = Smmu(
    "/soc@0/iommu@15400000",
    None,
    3,
    "reserved",
    False,
    None,
    (
        Stream(0x8, 0, 1, (claimant("/soc@0/usb@1"),)),
        Stream(0x40000, 0, 0x10000, (claimant("/soc@0/pci@1", "pcie4", new=True, name="iommu-map"),)),
    ),
)

MAP = StreamMap("merged.dtb", "base.dtb", (APPS, PCIE))

TEXT = """\
&apps_smmu  /soc@0/iommu@15000000  SMMUv2, 3 of at most 128 stream mapping groups, 1 new, 2 in conflict
    0x480/0x0    &cryptobam        /soc@0/dma@1  (shared with &crypto)
                 &crypto           /soc@0/crypto@1  (shared with &cryptobam)
    0x880/0x400  &iris             /soc@0/codec@1  (disabled)
!+ 0x3001/0x0    &remoteproc_adsp  /soc@0/remoteproc@30000000  (conflicts with dais)
!                dais              /soc@0/remoteproc@30000000/glink-edge/dais  (conflicts with &remoteproc_adsp)

/soc@0/iommu@15400000  SMMUv3, reserved, 1 new
       0x8          usb@1   /soc@0/usb@1
 + 0x40000-0x4ffff  &pcie4  /soc@0/pci@1  (iommu-map)
"""


def test_streams_stand_in_columns() -> None:
    assert report(MAP, "text", Style()) == TEXT


def test_the_columns_stay_with_color() -> None:
    text = report(MAP, "text", Style(color=True))
    for code in ("0", "1", "2", "31", "32", "33", "36", "1;31"):
        text = text.replace(f"\033[{code}m", "")
    assert text == TEXT


def test_colors() -> None:
    lines = report(MAP, "text", Style(color=True)).splitlines()
    assert lines[3] == "   \033[2m 0x880/0x400  &iris             /soc@0/codec@1\033[0m  (disabled)"
    assert lines[4] == (
        "\033[1;31m!\033[0m\033[32m+\033[0m 0x3001/0x0    \033[36m&remoteproc_adsp\033[0m  "
        "\033[2m/soc@0/remoteproc@30000000\033[0m  (\033[31mconflicts with dais\033[0m)"
    )


def test_a_stream_that_a_node_claims_in_several_entries_is_one_line() -> None:
    camera = claimant("/camera", "camss", available=False)
    entries = (camera, dataclasses.replace(camera, entry=2), claimant("/isp", "isp"))
    smmu = Smmu("/iommu", "smmu", 2, "okay", True, 1, (Stream(0x20, 0x3, 1, entries),))
    assert report(StreamMap("m", None, (smmu,)), "text", Style()).splitlines()[1:] == [
        "   0x20/0x3  &camss  /camera  (2 entries, disabled)",
        "             &isp    /isp",
    ]


def test_too_many_groups_are_red() -> None:
    full = Smmu("/iommu", "smmu", 2, "okay", True, 129, PCIE.streams[:1])
    assert report(StreamMap("m", None, (full,)), "text", Style(color=True)).splitlines()[0] == (
        "\033[1m&smmu  /iommu\033[0m  SMMUv2, \033[31m129 of at most 128 stream mapping groups\033[0m"
    )


def test_an_smmu_below_a_disabled_node() -> None:
    below = Smmu("/bus/iommu", "smmu", 2, "okay", False, 0, PCIE.streams[:1])
    assert report(StreamMap("m", None, (below,)), "text", Style()) == (
        "&smmu  /bus/iommu  SMMUv2, below a disabled node, 0 of at most 128 stream mapping groups\n"
        "   0x8/0x0  usb@1  /soc@0/usb@1\n"
    )


def test_a_tree_without_streams_says_so() -> None:
    assert report(StreamMap("m.dtb", None, ()), "text", Style()) == (
        "m.dtb: no node claims a stream of an Arm SMMU\n"
    )


def test_streams_as_json() -> None:
    text = report(MAP, "json", Style(color=True))
    assert text.startswith('{\n  "version": 1,\n  "file": "merged.dtb",\n  "against": "base.dtb",\n')
    apps, pcie = json.loads(text)["smmus"]
    assert {key: value for key, value in apps.items() if key != "streams"} == {
        "path": "/soc@0/iommu@15000000",
        "label": "apps_smmu",
        "smmu_version": 2,
        "status": "okay",
        "available": True,
        "mapping_groups": 3,
    }
    assert apps["streams"][2]["claimants"][0] == {
        "node": ADSP,
        "property": "iommus",
        "entry": 1,
        "label": "remoteproc_adsp",
        "available": True,
        "new": True,
        "conflicts": True,
        "sharing": "attach",
        "shares_with": [DAIS],
    }
    assert pcie["mapping_groups"] is None
    assert {key: value for key, value in pcie["streams"][1].items() if key != "claimants"} == {
        "id": 0x40000,
        "mask": 0,
        "length": 0x10000,
    }


def test_a_tree_without_streams_as_json() -> None:
    assert json.loads(report(StreamMap("m.dtb", None, ()), "json", Style())) == {
        "version": 1,
        "file": "m.dtb",
        "against": None,
        "smmus": [],
    }
