"""Which nodes use PAS, and how."""

from __future__ import annotations

import pytest

from dtgen.devicetree import blob
from dtgen.hardware import pas
from dtgen.hardware.pas import firmware_child, is_firmware_child, is_pas, kind_of


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('compatible = "qcom,sa8775p-adsp-pas";', pas.REMOTEPROC),
        ('compatible = "qcom,qcs615-adsp-pas", "qcom,sm8150-adsp-pas";', pas.REMOTEPROC),
        ('compatible = "qcom,msm8996-adsp-pil";', pas.REMOTEPROC),
        ('compatible = "qcom,sc7280-adsp-pil";', None),
        ('compatible = "qcom,sdm845-mss-pil";', None),
        ('compatible = "qcom,pronto-v3-pil", "qcom,pronto";', pas.WCNSS),
        ('compatible = "qcom,qcs615-venus", "qcom,sc7180-venus";', pas.VENUS),
        ('compatible = "qcom,sdm845-venus-v2";', pas.VENUS),
        ('compatible = "qcom,sa8775p-iris", "qcom,sm8550-iris";', pas.IRIS),
        ('compatible = "qcom,wcn6750-wifi";', pas.WIFI),
        ('compatible = "qcom,wcn3990-wifi";', pas.WIFI_OF_THE_MODEM),
        ('compatible = "qcom,wcn3990-wifi"; wifi-firmware { };', pas.WIFI_OF_THE_MODEM),
        ('compatible = "qcom,ipq5332-wifi";', pas.WIFI_WITHOUT_IOMMU),
        ('compatible = "qcom,ipq8074-wifi";', None),
        ('compatible = "qcom,sc7180-ipa";', pas.IPA),
        ('compatible = "qcom,sc7180-ipa"; qcom,gsi-loader = "self";', pas.IPA),
        ('compatible = "qcom,sc7180-ipa"; qcom,gsi-loader = "modem";', None),
        ('compatible = "qcom,sc7180-ipa"; qcom,gsi-loader = "skip";', None),
        ('compatible = "qcom,sc7180-ipa"; modem-init;', None),
        ('compatible = "xiaomi,pipa";', None),
        ('compatible = "venus-decoder";', None),
        ('compatible = "qcom,adreno";', None),
        ("", None),
    ],
)
def test_the_kind_of_a_node(tree, body, kind):
    node = tree(f"/ {{ node {{ {body} }}; }};").nodes["/node"]
    assert kind_of(node) is kind
    assert is_pas(node) is (kind is pas.REMOTEPROC)


def test_a_zap_shader_is_known_by_its_name(tree):
    board = tree("/ { gpu { zap-shader { }; }; };")
    assert kind_of(board.nodes["/gpu/zap-shader"]) is pas.ZAP_SHADER


def test_what_has_a_firmware_child_uses_pas_without_it(tree):
    board = tree("/ { camera { camera-firmware { }; }; };")
    camera, child = board.nodes["/camera"], board.nodes["/camera/camera-firmware"]
    kind = kind_of(camera)
    assert kind is not None
    assert (kind.title, kind.need, kind.child) == ("camera", pas.Need.FIRMWARE_CHILD, "camera-firmware")
    assert firmware_child(camera) is child
    assert (is_firmware_child(child), is_firmware_child(camera), kind_of(child)) == (True, False, None)


@pytest.mark.parametrize(
    ("child", "expected"),
    [
        ("gpu-firmware { iommus = <1 2>; };", True),
        ("video-firmware { };", True),
        ('zynqmp-firmware { compatible = "xlnx,zynqmp-firmware"; };', False),
        ("firmware { iommus = <1 2>; };", False),
    ],
)
def test_a_firmware_child_is_known_by_its_shape(tree, child, expected):
    parent = tree(f"/ {{ parent {{ {child} }}; }};").nodes["/parent"]
    (node,) = parent.children.values()
    assert (is_firmware_child(node), kind_of(parent) is not None) == (expected, expected)


def test_the_users_of_a_real_board(compiled):
    board = blob.read(compiled("sc7180-acer-aspire1.dts"), "test.dtb")
    kinds = {board.name_of(path): kind for path, node in board.nodes.items() if (kind := kind_of(node))}
    assert kinds == {
        "&gpu_zap_shader": pas.ZAP_SHADER,
        "&ipa": pas.IPA,
        "&remoteproc_adsp": pas.REMOTEPROC,
        "&remoteproc_mpss": pas.REMOTEPROC,
        "&venus": pas.VENUS,
        "&wifi": pas.WIFI_OF_THE_MODEM,
    }
