"""The boots of a log, and its repeats."""

from __future__ import annotations

import io

from board_logs import boot

from dtgen.bringup import boots

START = b"[    0.000000] Booting Linux on physical CPU 0x0\n[    0.000000] Linux version 7.2.0 (x)\n"
FAULT = b"[    %d.0] arm-smmu 1.iommu: Unhandled context fault: fsr=0x402, iova=%#x, cbfrsynra=0x1, cb=1\n"


def test_the_last_boot_is_read() -> None:
    data = START + FAULT % (1, 0x1000) + START + b"[    0.09] CPU: All CPU(s) started at EL2\n"
    log = boots.read(io.BytesIO(data), "boot.log")
    assert log.count == 2
    assert [event.id for event in log.boots[0].events] == ["linux-start", "linux-version", "level"]
    assert log.boots[0].first_line == 4


def test_a_boot_that_ended_without_a_word_is_remembered() -> None:
    ran = START + b"[   31.400000] remoteproc remoteproc0: powering up adsp\n"
    assert boots.read(io.BytesIO(ran + START), "x").boots[0].before == 31.4
    said = ran + b"[   31.500000] reboot: Restarting system\n"
    assert boots.read(io.BytesIO(said + START), "x").boots[0].before is None


def test_the_time_of_the_last_line_counts_whatever_it_says() -> None:
    assert (
        boots.read(io.BytesIO(START + b"[   12.400000] usb 1-1: new device\n"), "x").boots[0].last_time
        == 12.4
    )


def test_a_boot_is_chosen_by_its_number() -> None:
    data = START + FAULT % (1, 0x1000) + START
    assert boots.read(io.BytesIO(data), "x", boot=1).boots[0].first("context-fault")
    assert len(boots.read(io.BytesIO(data), "x", every=True).boots) == 2


def test_the_bootloader_is_of_the_boot_that_it_starts() -> None:
    data = b"U-Boot 2025.01 (x)\nfailed on fdt_overlay_apply(): FDT_ERR_NOTFOUND\n" + START
    log = boots.read(io.BytesIO(data), "x")
    assert log.count == 1
    assert log.boots[0].first("overlay-failed")


def test_the_version_of_the_running_kernel_begins_no_boot() -> None:
    data = START + b"[    9.0] remoteproc remoteproc0: powering up adsp\nLinux version 7.2.0 (x)\n"
    assert boots.read(io.BytesIO(data), "x").count == 1


def test_repeats_are_counted_with_those_that_the_kernel_suppressed() -> None:
    data = FAULT % (1, 0x1000) + b"arm_smmu_context_fault: 83 callbacks suppressed\n" + FAULT % (2, 0x1008)
    (event,) = boot(data).of("context-fault")
    assert (event.line, event.count) == (1, 85)


def test_faults_of_many_pages_are_not_all_kept() -> None:
    faults = list(boot(b"".join(FAULT % (1, page << 12) for page in range(5000))).of("context-fault"))
    assert len(faults) == 65
    assert sum(event.count for event in faults) == 5000


def test_of_a_message_that_is_never_the_same_the_rest_is_counted() -> None:
    lines = b"".join(b"remoteproc remoteproc%d: powering up adsp\n" % number for number in range(700))
    found = boot(lines + b"remoteproc remoteproc0: recovering adsp\n")
    assert len(list(found.of("rproc-powering"))) == 500
    assert found.dropped == 200
    assert found.first("rproc-recovery")
