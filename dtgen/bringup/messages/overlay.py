"""What bootloaders, libfdt's tools and the kernel print of overlays."""

from dtgen.bringup.message import Message

_IMAGE = "U-Boot, boot/image-fdt.c"
_EXTLINUX = "U-Boot, boot/pxe_utils.c"

MESSAGES = (
    Message(
        "overlay-applying",
        ("Applying kernel provided DT overlay {overlay:w}", "Retrieving file: {overlay:w}"),
        "",
        "U-Boot and boot scripts",
        (
            "Applying kernel provided DT overlay dtb/overlays/rockchip-rk3588-sata1.dtbo",
            "Retrieving file: /virt-el2.dtbo",
        ),
    ),
    Message(
        "overlay-failed",
        (
            "failed on fdt_overlay_apply(): {error:w}",
            "Failed to apply '{overlay:w}': {error:w}",
        ),
        "",
        f"{_IMAGE}, fdt_overlay_apply_verbose(); fdtoverlay",
        (
            "failed on fdt_overlay_apply(): FDT_ERR_NOTFOUND",
            "Failed to apply 'virt-el2.dtbo': FDT_ERR_NOSPACE",
        ),
    ),
    Message(
        "overlay-no-symbols",
        (
            "base fdt does not have a /__symbols__ node",
            "base fdt does did not have a /__symbols__ node",
            "OF: resolver: no symbols in root of device tree",
        ),
        "",
        f"{_IMAGE}; drivers/of/resolver.c",
        (
            "base fdt does not have a /__symbols__ node",
            "base fdt does did not have a /__symbols__ node",
            "OF: resolver: no symbols in root of device tree.",
        ),
    ),
    Message(
        "overlay-skipped",
        (
            "Failed to apply overlay {overlay:w}, skipping",
            "Failed to apply overlay '{overlay:w}' (kernel)",
            "Error applying DT overlays, restoring original DT",
        ),
        "",
        f"{_EXTLINUX}; boot scripts; Raspberry Pi's dtoverlay",
        (
            "Failed to apply overlay /ov-bad-label.dtbo, skipping",
            "* Failed to apply overlay '3_seeed-4mic-voicecard-rpi5' (kernel)",
            "Error applying DT overlays, restoring original DT",
        ),
    ),
    Message(
        "overlay-not-loaded",
        (
            "Failed loading overlay {overlay:w}",
            "Invalid overlay {overlay:w}, skipping",
            "Invalid fdtoverlay_addr_r for loading overlays",
            "config with overlays but CONFIG_OF_LIBFDT_OVERLAY not set",
            "Subimage data is not a FDT",
        ),
        "",
        f"{_EXTLINUX}; {_IMAGE}",
        (
            "Failed loading overlay /not-there.dtbo",
            "Invalid overlay /virt-el2.dtbo, skipping",
            "Invalid fdtoverlay_addr_r for loading overlays",
            "config with overlays but CONFIG_OF_LIBFDT_OVERLAY not set",
            "Subimage data is not a FDTload of fdt-garbage.dtbo failed",
        ),
    ),
    Message(
        "loader-stopped",
        (
            "ERROR: Did not find a cmdline Flattened Device Tree",
            "Could not find a valid device tree",
            "FDT creation failed! resetting",
            "fdt fixup failed: {error:w}",
            "Overlayed FDT requires relocation",
        ),
        "",
        _IMAGE,
        (
            "ERROR: Did not find a cmdline Flattened Device Tree",
            "Could not find a valid device tree",
            "FDT creation failed! resetting ...",
            "ERROR: board-specific fdt fixup failed: FDT_ERR_NOSPACE",
            "Overlayed FDT requires relocation",
        ),
    ),
    Message(
        "loader-follows",
        ("libfdt fdt_path_offset() returned {error:w}", "libfdt fdt_check_header(): {error:w}"),
        "",
        "U-Boot, after the base was destroyed",
        (
            "libfdt fdt_path_offset() returned FDT_ERR_BADMAGIC",
            "libfdt fdt_check_header(): FDT_ERR_BADMAGIC",
        ),
    ),
    Message(
        "abl-overlay",
        (
            "ApplyOverlay: ufdt apply overlay failed",
            "Error: Dtb overlay failed",
            "Error: Board Dtbo blob not found",
            "No match found for Soc Dtb type",
            "Device Tree update failed Status:{status:t}",
        ),
        "",
        "Qualcomm's ABL (QcomModulePkg)",
        (
            "ApplyOverlay: ufdt apply overlay failed",
            "Error: Dtb overlay failed",
            "Error: Board Dtbo blob not found",
            "No match found for Soc Dtb type",
            "Device Tree update failed Status:Not Found",
        ),
    ),
    Message(
        "live-overlay",
        (
            "OF: resolver: node label '{label:w}' not found",
            "OF: overlay: find target, node: {node:w}, path '{path:w}' not found",
            "OF: overlay: find target, node: {node:w}, phandle {phandle:x} not found",
            "OF: overlay: find target, node: {node:w}, no target property",
            "OF: overlay: ERROR: multiple fragments add, update, and/or delete property {property:w}",
            "OF: overlay: ERROR: changing value of {property:w} is not allowed in {node:w}",
        ),
        "",
        "drivers/of/resolver.c and overlay.c",
        (
            "OF: resolver: node label 'i2s0' not found in live devicetree symbols table",
            "OF: overlay: find target, node: /fragment@0, path '/soc/x' not found",
            "OF: overlay: find target, node: /fragment@0, phandle 0x4d not found",
            "OF: overlay: find target, node: /fragment@0, no target property",
            "OF: overlay: ERROR: multiple fragments add, update, and/or delete property /soc@0/x/status",
            "OF: overlay: ERROR: changing value of #address-cells is not allowed in /soc@0",
        ),
    ),
    Message(
        "live-overlay-follows",
        ("OF: resolver: overlay phandle fixup failed: {error:d}",),
        "",
        "drivers/of/resolver.c",
        ("OF: resolver: overlay phandle fixup failed: -22",),
    ),
)
