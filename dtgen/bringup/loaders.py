"""What bootloaders, firmware and the running kernel write into a tree: a table, by who writes it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dtgen.devicetree.diff import Change, ChangeKind
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody writes: the nodes and the properties, as patterns of the whole path and name."""

    who: str
    path: str
    property: str = ".*"
    nodes: bool = False
    """Whether they make or remove such nodes whole."""


_ANYWHERE = ".*"

EDITS: tuple[Edit, ...] = (
    # drivers/firmware/efi/libstub/fdt.c in the kernel, boot/fdt_support.c in U-Boot, GRUB, systemd-boot
    Edit("every bootloader", "/chosen(/.*)?", nodes=True),
    Edit("every bootloader", "/memory(@.*)?", nodes=True),
    Edit("every bootloader", "/", "/memreserve/"),
    Edit("U-Boot", "/", "serial-number"),
    Edit("U-Boot", "/aliases", "ethernet[0-9]*|mmc[0-9]*"),
    Edit("U-Boot", _ANYWHERE, "u-boot,.*|local-mac-address|mac-address"),
    Edit("U-Boot", "/firmware/optee(/.*)?", nodes=True),
    Edit("U-Boot", "/psci", "method"),
    # arch/arm/mach-snapdragon/of_fixup.c copies every carveout that the kernel's tree lacks
    Edit("U-Boot for Snapdragon", "/reserved-memory/[^/]+", nodes=True),
    Edit("ABL or QcomBds", "/", "qcom,msm-id|qcom,board-id|qcom,pmic-id|serialno"),
    Edit("ABL or QcomBds", "/reserved-memory/(cont[-_])?(splash|ramoops|framebuffer).*", nodes=True),
    Edit("dtbloader", _ANYWHERE, "local-mac-address|local-bd-address"),
    Edit("slbounce", "/reserved-memory/cmd-db-copy.*", nodes=True),
    Edit("slbounce", "/reserved-memory/.*", "qcom,vmid"),
    Edit("the running kernel", _ANYWHERE, "linux,pci-domain|linux,phandle"),
    Edit("the running kernel", ".*/(pci|pcie|dev|ethernet|wifi|bt)@[0-9a-f]+,[0-9a-f]+(/.*)?", nodes=True),
)

_NEVER = re.compile(
    r"status|iommus|iommu-map.*|msi-map.*|msi-parent|memory-region|firmware-name|compatible|model|no-map"
)
"""Properties that are never set aside, whoever wrote them: they decide what runs at EL2."""
_NEVER_NODES = re.compile(r".*/([^/]*-firmware|zap-shader)")


def writers(changes: Iterable[Change]) -> dict[int, str]:
    """Of each change, by its place in the order, who makes such; those of nobody are left out."""
    found: dict[int, str] = {}
    made: dict[str, str] = {}
    for number, change in enumerate(changes):
        who = made.get(change.path) or _writer(change)
        if who and change.property is None and change.kind is ChangeKind.ADDED:
            made[change.path] = who
        if who:
            found[number] = who
    return found


def _writer(change: Change) -> str | None:
    chosen = change.path == "/chosen" or change.path.startswith("/chosen/")
    if not chosen and _is_never(change):
        return None
    for edit in EDITS:
        if not re.fullmatch(edit.path, change.path):
            continue
        if change.property is None:
            if edit.nodes and (change.kind is ChangeKind.ADDED or chosen):
                return edit.who
        elif (edit.nodes and chosen) or _fits(edit, change):
            return edit.who
    return None


def _fits(edit: Edit, change: Change) -> bool:
    """Whether it is the property that they write; what they make whole they do not change in part."""
    memory = change.path.startswith("/memory")
    return (not edit.nodes or memory) and bool(re.fullmatch(edit.property, change.property or ""))


def _is_never(change: Change) -> bool:
    if change.property is None:
        return bool(_NEVER_NODES.fullmatch(change.path))
    return bool(_NEVER.fullmatch(change.property))
