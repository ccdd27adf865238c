"""Users of the Peripheral Authentication Service (PAS), by which TrustZone checks and starts firmware."""

from __future__ import annotations

from enum import Enum

from dtgen.devicetree.tree import Node
from dtgen.records import dataclass

# PAS remoteprocs of before the suffix; other "-pil" are served by drivers without PAS.
# Source: qcom_pas_of_match in the kernel's drivers/remoteproc/qcom_q6v5_pas.c
_PIL = {
    "qcom,msm8226-adsp-pil",
    "qcom,msm8953-adsp-pil",
    "qcom,msm8974-adsp-pil",
    "qcom,msm8996-adsp-pil",
    "qcom,msm8996-slpi-pil",
}
# Source: wcnss_of_match in the kernel's drivers/remoteproc/qcom_wcnss.c
_WCNSS = {"qcom,riva-pil", "qcom,pronto-v1-pil", "qcom,pronto-v2-pil", "qcom,pronto-v3-pil"}

_FIRMWARE = "-firmware"
_OF_DRIVERS = {"camera-firmware", "video-firmware", "wifi-firmware"}
"""What a driver looks for, whatever is in it."""


def is_pas(node: Node) -> bool:
    """Whether it is a remoteproc that TrustZone's PAS starts.

    Source: qcom_pas_of_match in the kernel's drivers/remoteproc/qcom_q6v5_pas.c.
    """
    return any(name.endswith("-pas") or name in _PIL for name in node.compatible)


def is_firmware_child(node: Node) -> bool:
    """Whether its parent's driver makes a device of it for the firmware alone, to attach a domain to.

    Known by its shape, for there will be more kinds than drivers know today; there are firmware nodes
    of other purposes, which have no stream.

    Source: venus_firmware_init() in the kernel's drivers/media/platform/qcom/venus/firmware.c,
    ath10k_fw_init() in drivers/net/wireless/ath/ath10k/snoc.c,
    ath11k_ahb_fw_resources_init() in drivers/net/wireless/ath/ath11k/ahb.c.
    """
    return node.name.endswith(_FIRMWARE) and ("iommus" in node.properties or node.name in _OF_DRIVERS)


def firmware_child(node: Node) -> Node | None:
    """The child whose mere presence, whatever its status, makes the driver load the firmware without PAS."""
    return next(filter(is_firmware_child, node.children.values()), None)


class Need(Enum):
    """What a tree for EL2 has to say of a user of PAS that is available."""

    STREAM = "a stream"
    """Its own `iommus`, where TrustZone serves PAS at EL2; none at all where it does not."""
    FIRMWARE_CHILD = "a firmware child"
    """A `*-firmware` child with `iommus`, by which the driver does without PAS."""
    DISABLED = "to be disabled"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class PasKind:
    """A kind of PAS user."""

    title: str
    need: Need
    child: str = ""
    """The firmware child that its driver looks for."""
    untouched: str = ""
    """Why a tree for EL2 need not say anything of it, where that is so."""
    has_functions: bool = False
    """Whether the stream of its firmware may be one of its own `iommu-map`, by the ID of a function."""


REMOTEPROC = PasKind("remote processor", Need.STREAM)
ZAP_SHADER = PasKind("GPU zap shader", Need.DISABLED)
VENUS = PasKind("video codec", Need.FIRMWARE_CHILD, "video-firmware", has_functions=True)
# up to Linux v7.2, its bindings have no firmware child and its driver knows none; those of vendors do
IRIS = PasKind("video codec", Need.DISABLED, has_functions=True)
WIFI = PasKind("wifi", Need.FIRMWARE_CHILD, "wifi-firmware")
WIFI_OF_THE_MODEM = PasKind("wifi", Need.NOTHING, untouched="its firmware is part of the modem's")
WIFI_WITHOUT_IOMMU = PasKind("wifi", Need.NOTHING, untouched="its driver attaches to no IOMMU")
WCNSS = PasKind("wireless processor", Need.NOTHING, untouched="its driver attaches to no IOMMU")
IPA = PasKind("IPA", Need.NOTHING, untouched="its streams are for data; its firmware needs none")

# The callers of qcom_scm_pas_auth_and_reset() in the kernel's drivers/: remoteproc/qcom_q6v5_pas.c and
# qcom_wcnss.c, gpu/drm/msm/adreno/adreno_gpu.c, media/platform/qcom/{venus,iris}, net/ipa/ipa_main.c and
# net/wireless/ath/ath12k/ahb.c. Of ath10k/snoc.c and ath11k/ahb.c TrustZone maps the firmware's memory.
_BY_COMPATIBLE = (
    dict.fromkeys(_PIL, REMOTEPROC)
    | dict.fromkeys(_WCNSS, WCNSS)
    | {
        "qcom,sdm845-venus-v2": VENUS,
        "qcom,ipq5332-wifi": WIFI_WITHOUT_IOMMU,
        "qcom,wcn3990-wifi": WIFI_OF_THE_MODEM,
        "qcom,wcn6750-wifi": WIFI,
    }
)
_BY_ENDING = {"pas": REMOTEPROC, "venus": VENUS, "iris": IRIS, "ipa": IPA}


def kind_of(node: Node) -> PasKind | None:
    """None for what does not use PAS."""
    if node.name == "zap-shader":
        return ZAP_SHADER
    for name in node.compatible:
        kind = _BY_COMPATIBLE.get(name) or _BY_ENDING.get(name.rpartition("-")[2])
        if kind:
            return None if kind is IPA and not _loads_gsi_firmware(node) else kind
    child = firmware_child(node)  # vendors have cameras with one
    return PasKind(child.name.removesuffix(_FIRMWARE), Need.FIRMWARE_CHILD, child.name) if child else None


def _loads_gsi_firmware(ipa: Node) -> bool:
    """Source: ipa_firmware_loader() in the kernel's drivers/net/ipa/ipa_main.c."""
    loader = ipa.strings("qcom,gsi-loader")
    return loader[0] == "self" if loader else "modem-init" not in ipa.properties
