"""attach-overlap: a PAS remoteproc or a firmware device that is not alone in its IOMMU group."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.attach_overlap import check

BOARD = """
smmu: iommu {{ compatible = "arm,mmu-500"; #iommu-cells = <2>; }};
second: second-iommu {{ compatible = "arm,mmu-500"; #iommu-cells = <2>; }};
one: one-iommu {{ compatible = "arm,mmu-500"; #iommu-cells = <1>; }};
v3: pcie-iommu {{ compatible = "arm,smmu-v3"; #iommu-cells = <1>; }};
adsp: remoteproc {{
    compatible = "qcom,sa8775p-adsp-pas";
    {adsp}
    glink-edge {{ dais {{ iommus = <&smmu 0x3001 0x0>; }}; }};
}};
{rest}
"""

ALONE = (
    "a {} must be alone in its IOMMU group; "
    "stream IDs are wired in hardware: the vendor's documentation must say this one"
)
HELP = ALONE.format("PAS remoteproc")
DAIS = Subject("/remoteproc/glink-edge/dais", "iommus")


@pytest.fixture(scope="session")
def findings(system):
    return lambda adsp, rest="", overlay="": list(check(system(BOARD.format(adsp=adsp, rest=rest), overlay)))


def finding(message: str, *also: Subject, node: str = "/remoteproc") -> Finding:
    return Finding(Subject(node, "iommus"), message, HELP, also)


@pytest.mark.parametrize(
    ("adsp", "rest"),
    [
        ("iommus = <&smmu 0x3000 0x0>;", ""),
        ("iommus = <&smmu 0x3000 0x0>, <&smmu 0x3000 0x0>;", ""),
        ("iommus = <&second 0x3001 0x0>;", ""),
        ("iommus = <&v3 0x3001>;", ""),
        ('iommus = <&smmu 0x3001 0x0>; status = "disabled";', ""),
        ("iommus = <&smmu 0x3000 0x0>;", 'off { iommus = <&smmu 0x3000 0x0>; status = "disabled"; };'),
        (
            "iommus = <&smmu 0x3000 0x0>;",
            'off { status = "reserved"; video-firmware { iommus = <&smmu 0x3000 0x0>; }; };',
        ),
        ("", "a { iommus = <&smmu 0x3001 0x0>; };"),
        ("iommus = <&smmu 0x3000>;", "a { iommus = <&smmu 0x3000 0x0>; };"),
    ],
)
def test_who_is_alone_passes(findings, adsp, rest):
    assert findings(adsp, rest) == []


def test_an_identical_stream(findings):
    assert findings("iommus = <&smmu 0x3001 0x0>;") == [
        finding(
            "stream 0x3001/0x0 of adsp on &smmu is claimed by /remoteproc/…/dais too",
            DAIS,
        )
    ]


@pytest.mark.parametrize("stream", ["0x3000 0x1", "0x1001 0x2000"])
def test_a_stream_that_contains_another(findings, stream):
    id, mask = stream.split()
    (found,) = findings(f"iommus = <&smmu {stream}>;")
    assert found.message == (f"stream {id}/{mask} of adsp on &smmu overlaps 0x3001/0x0 of /remoteproc/…/dais")


def test_a_stream_that_is_contained(findings):
    assert findings("iommus = <&smmu 0x10 0x0>;", "gpu: gpu { iommus = <&smmu 0x0 0xff>; };") == [
        finding(
            "stream 0x10/0x0 of adsp on &smmu overlaps 0x0/0xff of gpu",
            Subject("/gpu", "iommus"),
        )
    ]


def test_a_stream_that_intersects_another(findings):
    assert findings("iommus = <&smmu 0x80 0x3>;", "gpu: gpu { iommus = <&smmu 0x80 0x5>; };") == [
        finding(
            "stream 0x80/0x3 of adsp on &smmu overlaps 0x80/0x5 of gpu",
            Subject("/gpu", "iommus"),
        )
    ]


def test_an_identical_stream_and_one_that_is_contained(findings):
    (found,) = findings("iommus = <&smmu 0x3000 0x1>;", "gpu: gpu { iommus = <&smmu 0x3000 0x1>; };")
    assert found.message == (
        "stream 0x3000/0x1 of adsp on &smmu is claimed by gpu too and overlaps 0x3001/0x0 of /remoteproc/…/dais"
    )
    assert set(found.also) == {DAIS, Subject("/gpu", "iommus")}


def test_many_others_are_counted(findings):
    others = "".join(f"a{number} {{ iommus = <&smmu 0x40 0x0>; }}; " for number in range(5))
    (found,) = findings("iommus = <&smmu 0x40 0x0>;", others)
    assert found.message == "stream 0x40/0x0 of adsp on &smmu is claimed by /a0, /a1 and 3 others too"
    assert [subject.path for subject in found.also] == ["/a0", "/a1", "/a2"]


def test_each_entry_is_a_finding_of_its_own(findings):
    found = findings("iommus = <&smmu 0x3001 0x0>, <&smmu 0x3000 0x1>;")
    assert [one.message.partition(" of ")[0] for one in found] == ["stream 0x3001/0x0", "stream 0x3000/0x1"]


def test_of_two_remoteprocs_one_is_told_with_the_other(findings):
    cdsp = 'cdsp: cdsp { compatible = "qcom,sa8775p-cdsp0-pas"; iommus = <&smmu 0x40 0x0>; };'
    assert findings("iommus = <&smmu 0x40 0x0>;", cdsp) == [
        finding(
            "stream 0x40/0x0 of cdsp on &smmu is claimed by adsp too",
            Subject("/remoteproc", "iommus"),
            node="/cdsp",
        ),
    ]


@pytest.mark.parametrize(("adsp", "cdsp"), [("0x40 0xf", "0x41 0x0"), ("0x41 0x0", "0x40 0xf")])
def test_of_two_remoteprocs_the_one_with_the_wider_match_is_told(findings, adsp, cdsp):
    other = f'cdsp: cdsp {{ compatible = "qcom,sa8775p-cdsp0-pas"; iommus = <&smmu {cdsp}>; }};'
    (found,) = findings(f"iommus = <&smmu {adsp}>;", other)
    assert found.message.startswith("stream 0x40/0xf of ")


def test_of_two_remoteprocs_the_one_that_the_overlay_wrote_is_told(system):
    both = """
        smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
        adsp: adsp { compatible = "qcom,sa8775p-adsp-pas"; };
        cdsp: cdsp { compatible = "qcom,sa8775p-cdsp0-pas"; iommus = <&smmu 0x40 0xf>; };
    """
    (found,) = check(system(both, "&adsp { iommus = <&smmu 0x41 0x0>; };"))
    assert found.message == "stream 0x41/0x0 of adsp on &smmu overlaps 0x40/0xf of cdsp"


def test_a_firmware_device_whatever_its_status(findings):
    rest = """codec { iommus = <&smmu 0x880 0x400>;
        video-firmware { status = "disabled"; iommus = <&smmu 0x880 0x400>; };
    };"""
    (found,) = findings("", rest)
    assert found.subject == Subject("/codec/video-firmware", "iommus")


@pytest.mark.parametrize("name", ["video-firmware", "wifi-firmware", "camera-firmware"])
def test_a_firmware_device(findings, name):
    rest = f"codec: codec {{ iommus = <&smmu 0xc00 0x60>; {name} {{ iommus = <&smmu 0xc20 0x0>; }}; }};"
    assert findings("", rest) == [
        Finding(
            Subject(f"/codec/{name}", "iommus"),
            f"stream 0xc20/0x0 of /codec/{name} on &smmu overlaps 0xc00/0x60 of codec",
            ALONE.format("firmware device"),
            (Subject("/codec", "iommus"),),
        )
    ]


def test_a_range_of_an_iommu_map(findings):
    (found,) = findings("iommus = <&one 0x480>;", "pcie: pcie { iommu-map = <0 &one 0x400 0x100>; };")
    assert found.message == "stream 0x480 of adsp on &one overlaps 0x400-0x4ff of pcie"
    assert found.also == (Subject("/pcie", "iommu-map"),)


def test_an_smmu_v3(findings):
    (found,) = findings("iommus = <&v3 0x40>;", "usb: usb { iommus = <&v3 0x40>; };")
    assert found.message == "stream 0x40 of adsp on &v3 is claimed by usb too"


def test_what_an_overlay_enables(findings):
    rest = 'gpu: gpu { iommus = <&smmu 0x40 0x0>; status = "disabled"; };'
    assert findings("iommus = <&smmu 0x40 0x0>;", rest) == []
    (found,) = findings("iommus = <&smmu 0x40 0x0>;", rest, '&gpu { status = "okay"; };')
    assert found.message == "stream 0x40/0x0 of adsp on &smmu is claimed by gpu too"


def test_the_audio_device_of_lemans(seeded):
    assert list(check(seeded("lemans-evk", "&remoteproc_adsp { iommus = <&apps_smmu 0x3001 0x0>; };"))) == [
        Finding(
            Subject("/soc@0/remoteproc@30000000", "iommus"),
            "stream 0x3001/0x0 of remoteproc_adsp on &apps_smmu is claimed by q6apmdai too",
            HELP,
            (Subject("/soc@0/remoteproc@30000000/glink-edge/gpr/service@1/dais", "iommus"),),
        )
    ]


def test_a_compute_context_bank_of_lemans(seeded):
    overlay = "&remoteproc_cdsp0 { iommus = <&apps_smmu 0x2141 0x04a0>; };"
    assert list(check(seeded("lemans-evk", overlay))) == [
        Finding(
            Subject("/soc@0/remoteproc@26300000", "iommus"),
            "stream 0x2141/0x4a0 of remoteproc_cdsp0 on &apps_smmu is claimed by /soc@0/…/compute-cb@1 too",
            HELP,
            (Subject("/soc@0/remoteproc@26300000/glink-edge/fastrpc/compute-cb@1", "iommus"),),
        )
    ]


def test_the_codec_of_sc7180(seeded):
    overlay = "&venus { video-firmware { iommus = <&apps_smmu 0x0c20 0x0>; }; };"
    (found,) = check(seeded("sc7180-acer-aspire1", overlay))
    assert found.subject == Subject("/soc@0/video-codec@aa00000/video-firmware", "iommus")
    assert found.message == (
        "stream 0xc20/0x0 of /soc@0/…/video-firmware on &apps_smmu overlaps 0xc00/0x60 of venus"
    )
