"""What the remoteproc core, the PAS driver, the SCM driver and the loader of images print."""

from dtgen.bringup.message import Message

_PAS = "drivers/remoteproc/qcom_q6v5_pas.c"
_CORE = "drivers/remoteproc/remoteproc_core.c"

MESSAGES = (
    Message(
        "rproc-available",
        ("remoteproc {rproc:w}: {name:w} is available",),
        "",
        f"{_CORE}, rproc_add()",
        ("remoteproc remoteproc0: adsp is available",),
    ),
    Message(
        "rproc-powering",
        ("remoteproc {rproc:w}: powering up {name:w}",),
        "",
        f"{_CORE}, rproc_boot()",
        ("remoteproc remoteproc0: powering up adsp",),
    ),
    Message(
        "rproc-booting",
        ("remoteproc {rproc:w}: Booting fw image {firmware:w}, size {size:d}",),
        "",
        f"{_CORE}, rproc_fw_boot()",
        ("remoteproc remoteproc0: Booting fw image qcom/sa8775p/adsp.mbn, size 6795264",),
    ),
    Message(
        "rproc-up",
        (
            "remoteproc {rproc:w}: remote processor {name:w} is now up",
            "remoteproc {rproc:w}: remote processor {name:w} is now attached",
        ),
        "",
        f"{_CORE}, rproc_start()",
        (
            "remoteproc remoteproc2: remote processor wpss is now up",
            "remoteproc remoteproc2: remote processor adsp is now attached",
        ),
    ),
    Message(
        "rproc-stopped",
        ("remoteproc {rproc:w}: stopped remote processor {name:w}",),
        "",
        f"{_CORE}, rproc_stop()",
        ("remoteproc remoteproc0: stopped remote processor adsp",),
    ),
    Message(
        "rproc-crash",
        ("remoteproc {rproc:w}: crash detected in {name:w}: type {type:t}",),
        "",
        f"{_CORE}, rproc_report_crash()",
        ("remoteproc remoteproc1: crash detected in adsp: type fatal error",),
    ),
    Message(
        "rproc-recovery",
        (
            "remoteproc {rproc:w}: handling crash #{crash:d} in {name:w}",
            "remoteproc {rproc:w}: recovering {name:w}",
        ),
        "",
        f"{_CORE}, rproc_crash_handler_work()",
        (
            "remoteproc remoteproc1: handling crash #1 in adsp",
            "remoteproc remoteproc1: recovering adsp",
        ),
    ),
    Message(
        "rproc-failed",
        (
            "remoteproc {rproc:w}: can't start rproc {name:w}: {error:d}",
            "remoteproc {rproc:w}: Boot failed: {error:d}",
            "remoteproc {rproc:w}: can't enable iommu: {error:d}",
            "remoteproc {rproc:w}: request_firmware failed: {error:d}",
        ),
        "",
        _CORE,
        (
            "remoteproc remoteproc0: can't start rproc adsp: -22",
            "remoteproc remoteproc0: Boot failed: -110",
            "remoteproc remoteproc4: can't enable iommu: -22",
            "remoteproc remoteproc0: request_firmware failed: -2",
        ),
    ),
    Message(
        "rproc-load",
        (
            "remoteproc {rproc:w}: Failed to load program segments: {error:d}",
            "remoteproc {rproc:w}: Failed to process resources: {error:d}",
            "remoteproc {rproc:w}: Failed to allocate associated carveouts: {error:d}",
        ),
        "",
        f"{_CORE}, rproc_start()",
        (
            "remoteproc remoteproc0: Failed to load program segments: -22",
            "remoteproc remoteproc0: Failed to process resources: -22",
            "remoteproc remoteproc0: Failed to allocate associated carveouts: -12",
        ),
    ),
    Message(
        "rproc-map",
        (
            "{device:dev}: iommu_map failed: {error:d}",
            "{device:dev}: failed to map devmem: {error:d}",
            "{device:dev}: Registered carveout doesn't fit da request",
        ),
        "",
        _CORE,
        (
            "remoteproc remoteproc0: iommu_map failed: -22",
            "remoteproc remoteproc0: failed to map devmem: -22",
            "remoteproc remoteproc0: Registered carveout doesn't fit da request",
        ),
    ),
    Message(
        "rproc-iommu-fault",
        ("iommu fault: da {iova:x} flags {flags:x}",),
        "all, without a device",
        f"{_CORE}, rproc_iommu_fault()",
        ("(NULL device *): iommu fault: da 0x9d000000 flags 0x1",),
    ),
    Message(
        "attach-refused",
        (
            "{device:dev}: can't attach iommu device: {error:d}",
            "{device:dev}: could not attach device: {error:d}",
            "{device:dev}: could not attach device",
            "{device:dev}: can't alloc iommu domain",
            "{device:dev}: failed to allocate iommu domain",
            "{device:dev}: Failed to allocate iommu domain",
        ),
        "",
        f"{_CORE}, rproc_enable_iommu(); venus/firmware.c; ath11k/ahb.c",
        (
            "qcom_q6v5_pas 30000000.remoteproc: can't attach iommu device: -22",
            "ath11k 17a10040.wifi: could not attach device: -22",
            "qcom-venus aa00000.video-codec: could not attach device",
            "qcom_q6v5_pas 30000000.remoteproc: can't alloc iommu domain",
            "ath11k 17a10040.wifi: failed to allocate iommu domain",
            "qcom-venus aa00000.video-codec: Failed to allocate iommu domain",
        ),
    ),
    Message(
        "resource-table",
        ("{device:dev}: Error in getting resource table: {error:d}",),
        "7.0 and later, only for a device with iommus",
        f"{_PAS}, qcom_pas_parse_firmware()",
        ("qcom_q6v5_pas 30000000.remoteproc: Error in getting resource table: -5",),
    ),
    Message(
        "init-image",
        (
            "{device:dev}: error {error:d} initializing firmware {firmware:w}",
            "{device:dev}: error {error:d} setting up firmware {firmware:w}",
        ),
        "",
        "drivers/soc/qcom/mdt_loader.c, qcom_mdt_pas_init()",
        (
            "qcom_q6v5_pas 30000000.remoteproc: error -22 initializing firmware qcom/sa8775p/adsp.mbn",
            "qcom_q6v5_pas 30000000.remoteproc: error -22 setting up firmware qcom/sa8775p/adsp.mbn",
        ),
        begins=" initializing",
    ),
    Message(
        "broken-image",
        (
            "{device:dev}: error {error:d} reading firmware {firmware:w} metadata",
            "{device:dev}: no hash segment found in {firmware:w}",
            "{device:dev}: segment outside memory range",
            "{device:dev}: refusing to load segment {segment:d} with p_filesz > p_memsz",
            "{device:dev}: file {firmware:w} segment {segment:d} would be truncated",
            "{device:dev}: failed to load segment {segment:d} from truncated file {firmware:w}",
        ),
        "",
        "drivers/soc/qcom/mdt_loader.c",
        (
            "qcom_q6v5_pas 30000000.remoteproc: error -2 reading firmware qcom/sa8775p/adsp.mbn metadata",
            "qcom_q6v5_pas 30000000.remoteproc: no hash segment found in qcom/sa8775p/adsp.mbn",
            "qcom_q6v5_pas 30000000.remoteproc: segment outside memory range",
            "qcom_q6v5_pas 30000000.remoteproc: refusing to load segment 3 with p_filesz > p_memsz",
            "qcom_q6v5_pas 30000000.remoteproc: file qcom/sa8775p/adsp.mbn segment 3 would be truncated",
            "qcom_q6v5_pas 30000000.remoteproc: failed to load segment 3 from truncated file qcom/sa8775p/adsp.mbn",
        ),
    ),
    Message(
        "release-refused",
        (
            "{device:dev}: failed to authenticate image and release reset",
            "{device:dev}: failed to authenticate dtb image and release reset",
        ),
        "",
        f"{_PAS}, qcom_pas_start()",
        (
            "qcom_q6v5_pas 30000000.remoteproc: failed to authenticate image and release reset",
            "qcom_q6v5_pas 30000000.remoteproc: failed to authenticate dtb image and release reset",
        ),
    ),
    Message(
        "start-timeout",
        ("{device:dev}: start timed out", "{device:dev}: port failed halt"),
        "",
        f"{_PAS}, qcom_pas_start(); qcom_q6v5_mss.c",
        (
            "qcom_q6v5_pas b300000.remoteproc: start timed out",
            "qcom-q6v5-mss 4080000.remoteproc: port failed halt",
        ),
    ),
    Message(
        "fatal-error",
        (
            "{device:dev}: fatal error received: {reason:t}",
            "{device:dev}: fatal error without message",
            "{device:dev}: watchdog received: {reason:t}",
            "{device:dev}: watchdog without message",
        ),
        "",
        "drivers/remoteproc/qcom_q6v5.c",
        (
            "qcom_q6v5_pas 26300000.remoteproc: fatal error received: SFR Init: wdog or kernel error suspected.",
            "qcom_q6v5_pas 26300000.remoteproc: fatal error without message",
            "qcom_q6v5_pas 26300000.remoteproc: watchdog received: rflm_diag_error.cc:368",
            "qcom_q6v5_pas 26300000.remoteproc: watchdog without message",
        ),
        begins=" received:",
    ),
    Message(
        "handover",
        ("{device:dev}: Handover signaled, but it already happened",),
        "",
        "drivers/remoteproc/qcom_q6v5.c",
        ("qcom_q6v5_pas 6800000.remoteproc: Handover signaled, but it already happened",),
    ),
    Message(
        "carveout-refused",
        (
            "{device:dev}: unable to resolve memory-region",
            "{device:dev}: unable to map memory region: {region:t}",
            "{device:dev}: no memory-region specified",
            "{device:dev}: unable to resolve dtb memory-region",
            "{device:dev}: assign memory {what:w} failed",
            "{device:dev}: failed to resolve msa fixed region",
            "{device:dev}: failed to lookup reserved memory-region",
        ),
        "",
        _PAS,
        (
            "qcom_q6v5_pas 30000000.remoteproc: unable to resolve memory-region",
            "qcom_q6v5_pas 30000000.remoteproc: unable to map memory region: [mem 0x95c00000-0x97afffff]",
            "qcom_q6v5_pas 30000000.remoteproc: no memory-region specified",
            "qcom_q6v5_pas 30000000.remoteproc: unable to resolve dtb memory-region",
            "qcom_q6v5_pas 30000000.remoteproc: assign memory 0 failed",
            "ath11k 17a10040.wifi: failed to resolve msa fixed region",
            "qcom-venus aa00000.video-codec: failed to lookup reserved memory-region",
        ),
    ),
    Message(
        "qseecom",
        ("qcom_scm {scm:dev}: qseecom: {what:t}",),
        "6.7 and later",
        "drivers/firmware/qcom/qcom_scm.c, qcom_scm_qseecom_init()",
        (
            "qcom_scm firmware:scm: qseecom: found qseecom with version 0x1402000",
            "qcom_scm firmware:scm: qseecom: untested machine, skipping",
        ),
    ),
    Message(
        "shm-bridge-failed",
        (
            "SHM Bridge failed: ret {error:d} paddr {paddr:x}, size {size:d}",
            "Failed to enable the TrustZone memory allocator",
        ),
        "7.2 has the first",
        "drivers/firmware/qcom/qcom_scm.c, qcom_tzmem.c",
        (
            "qcom_scm firmware:scm: SHM Bridge failed: ret -22 paddr 0x0x0000000095c00000, size 31457280",
            "qcom_scm firmware:scm: Failed to enable the TrustZone memory allocator",
        ),
    ),
    Message(
        "scm",
        (
            "qcom_scm {scm:dev}: SHM Bridge {what:t}",
            "qcom_scm: convention: {convention:t}",
            "Failed to register Gunyah watchdog device: {error:d}",
            "qcom_scm not ready",
        ),
        "",
        "drivers/firmware/qcom/qcom_scm.c",
        (
            "qcom_scm firmware:scm: SHM Bridge enabled",
            "qcom_scm: convention: smc arm 64",
            "qcom_scm firmware:scm: Failed to register Gunyah watchdog device: -12",
            "arm-smmu 15000000.iommu: qcom_scm not ready",
        ),
    ),
)
