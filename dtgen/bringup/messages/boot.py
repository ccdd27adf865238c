"""What says which kernel runs, at which exception level, on which board, and with which carveouts."""

from dtgen.bringup.message import Message

_SETUP = "arch/arm64/kernel/setup.c"

MESSAGES = (
    Message(
        "firmware-start",
        ("QC_IMAGE_VERSION_STRING=BOOT{version:w}",),
        "",
        "Qualcomm's boot firmware, at the serial console",
        ("B -     22345 - QC_IMAGE_VERSION_STRING=BOOT.MXF.1.0-00961",),
    ),
    Message(
        "loader-start",
        ("U-Boot {version:w} (",),
        "",
        "U-Boot, common/version",
        ("U-Boot 2025.01 (Nov 20 2026 - 10:11:12 +0000)",),
    ),
    Message(
        "linux-start",
        ("Booting Linux on physical CPU {cpu:x}",),
        "",
        f"{_SETUP}, smp_setup_processor_id()",
        ("[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x411fd070]",),
    ),
    Message(
        "linux-version",
        ("Linux version {version:w} ",),
        "",
        "init/version.c",
        ("[    0.000000] Linux version 7.2.0-qcom (builder@host) (gcc 14) #1 SMP",),
    ),
    Message(
        "model",
        ("Machine model: {model:t}",),
        "",
        f"{_SETUP}, setup_machine_fdt()",
        ("[    0.000000] Machine model: Qualcomm Technologies, Inc. Lemans EVK",),
    ),
    Message(
        "level",
        ("CPU: All CPU(s) started at EL{level:d}",),
        "",
        "arch/arm64/kernel/smp.c, hyp_mode_check()",
        ("[    0.091000] CPU: All CPU(s) started at EL2",),
    ),
    Message(
        "hyp-mode",
        (
            "HYP mode not available",
            "VHE mode initialized successfully",
            "VHE{extension:w} mode initialized successfully",
            "Hyp mode initialized successfully",
        ),
        "",
        "arch/arm64/kvm/arm.c, kvm_arm_init()",
        (
            "[    0.420000] kvm [1]: HYP mode not available",
            "[    0.300000] kvm [1]: VHE mode initialized successfully",
            "[    0.300000] kvm [1]: VHE+NV2 mode initialized successfully",
            "[    0.300000] kvm [1]: Hyp mode initialized successfully",
        ),
    ),
    Message(
        "reserved",
        ("OF: reserved mem: {start:x}..{end:x} ({size:d} KiB) {map:w} {reusable:w} {node:w}",),
        "6.6 and later",
        "drivers/of/of_reserved_mem.c, fdt_reserved_mem_save_node()",
        (
            "[    0.000000] OF: reserved mem: 0x0000000090000000..0x00000000905fffff (6144 KiB) nomap "
            "non-reusable hyp@90000000",
        ),
    ),
    Message(
        "reserved-overlap",
        (
            "{first:w} ({first_start:x}--{first_end:x}) overlaps with "
            "{second:w} ({second_start:x}--{second_end:x})",
        ),
        "",
        "drivers/of/of_reserved_mem.c, __rmem_check_for_overlap()",
        (
            "memory@86000000 (0x0000000086000000--0x000000008ec00000) overlaps with "
            "memory@8b700000 (0x000000008b700000--0x000000008b710000)",
        ),
    ),
    Message(
        "reserved-overlap-begins",
        ("OF: reserved mem: OVERLAP DETECTED!",),
        "",
        "drivers/of/of_reserved_mem.c, __rmem_check_for_overlap()",
        ("[    0.000000] OF: reserved mem: OVERLAP DETECTED!",),
    ),
    Message(
        "reserve-failed",
        (
            "failed to reserve memory for node '{node:w}': base {base:x}, size {size:d} MiB",
            "not enough space for all defined regions",
        ),
        "",
        "drivers/of/of_reserved_mem.c",
        (
            "[    0.000000] OF: reserved mem: failed to reserve memory for node 'hyp@90000000': base "
            "0x0000000090000000, size 6 MiB",
            "[    0.000000] OF: reserved mem: not enough space for all defined regions.",
        ),
    ),
    Message(
        "no-tree",
        (
            "EFI stub: Generating empty DTB",
            "Invalid header detected on UEFI supplied FDT, ignoring",
            "Error: invalid device tree blob",
        ),
        "",
        f"drivers/firmware/efi/libstub/fdt.c; {_SETUP}",
        (
            "EFI stub: Generating empty DTB",
            "EFI stub: Invalid header detected on UEFI supplied FDT, ignoring ...",
            "Error: invalid device tree blob at physical address 0x0000000083000000 (virtual address 0x0)",
        ),
    ),
    Message(
        "abort",
        (
            "Internal error: synchronous external abort: {esr:x}",
            "SError Interrupt on CPU{cpu:d}, code {code:x}",
        ),
        "",
        "arch/arm64/kernel/traps.c",
        (
            "Internal error: synchronous external abort: 0000000096000010 [#1] PREEMPT SMP",
            "SError Interrupt on CPU0, code 0x00000000be000011 -- SError",
        ),
    ),
    Message(
        "abort-at",
        ("pc : {function:w}+{offset:x}/{size:x}",),
        "",
        "arch/arm64/kernel/process.c, __show_regs()",
        ("[    4.036100] pc : qcom_smmu_write_s2cr+0x84/0x140",),
    ),
    Message(
        "panic",
        ("Kernel panic - not syncing: {reason:t}",),
        "",
        "kernel/panic.c",
        ("Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b",),
    ),
    Message(
        "shutdown",
        (
            "reboot: Restarting system",
            "reboot: Power down",
            "reboot: System halted",
            "systemd-shutdown[{pid:d}]: ",
        ),
        "",
        "kernel/reboot.c",
        (
            "[  301.900000] reboot: Restarting system",
            "[  301.900000] reboot: Power down",
            "[  301.900000] reboot: System halted",
            "[  301.100000] systemd-shutdown[1]: Failed to set watchdog hardware timeout to 1min: Invalid argument",
        ),
    ),
    Message(
        "hypervisor",
        ("Hypervisor cold boot, version: {version:t}",),
        "",
        "Gunyah, at the serial console",
        ("Hypervisor cold boot, version: gunyah-f1e2d3c (2026-01-01)",),
    ),
)
