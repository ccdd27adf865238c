"""What the drivers of video codecs, wifi, GPUs, PCIe and watchdogs print, and the driver core."""

from dtgen.bringup.message import Message

MESSAGES = (
    Message(
        "video-failed",
        (
            "{device:dev}: fail to load video firmware",
            "{device:dev}: failed to reset venus core",
            "{device:dev}: firmware download failed",
            "{device:dev}: error booting up iris firmware",
            "{device:dev}: core init failed",
            "{device:dev}: dma configure fail",
            "{device:dev}: set virtual address ranges fail ({error:d})",
            "{device:dev}: qcom_scm_mem_protect_video_var failed: {error:d}",
            "{device:dev}: auth and reset failed: {error:d}",
        ),
        "",
        "drivers/media/platform/qcom/venus/ and iris/",
        (
            "qcom-venus aa00000.video-codec: fail to load video firmware",
            "qcom-venus aa00000.video-codec: failed to reset venus core",
            "qcom-iris aa00000.video-codec: firmware download failed",
            "qcom-iris aa00000.video-codec: error booting up iris firmware",
            "qcom-iris aa00000.video-codec: core init failed",
            "qcom-venus aa00000.video-codec: dma configure fail",
            "qcom-venus aa00000.video-codec: set virtual address ranges fail (-22)",
            "qcom-iris aa00000.video-codec: qcom_scm_mem_protect_video_var failed: -22",
            "qcom-iris aa00000.video-codec: auth and reset failed: -22",
        ),
    ),
    Message(
        "wifi-failed",
        (
            "{device:dev}: failed to boot the remote processor Q6",
            "{device:dev}: failed to map firmware region: {error:d}",
            "{device:dev}: failed to map firmware CE region: {error:d}",
            "{device:dev}: failed to setup msa resources",
            "{device:dev}: qmi failed to send wlan fw mode: {error:d}",
            "{device:dev}: failed to start firmware: {error:d}",
        ),
        "",
        "drivers/net/wireless/ath/ath11k/ahb.c",
        (
            "ath11k 17a10040.wifi: failed to boot the remote processor Q6",
            "ath11k 17a10040.wifi: failed to map firmware region: -22",
            "ath11k 17a10040.wifi: failed to map firmware CE region: -22",
            "ath11k 17a10040.wifi: failed to setup msa resources",
            "ath11k 17a10040.wifi: qmi failed to send wlan fw mode: -110",
            "ath11k 17a10040.wifi: failed to start firmware: -110",
        ),
    ),
    Message(
        "gpu-failed",
        (
            "Unable to load {firmware:w}.mdt",
            "Unable to load {firmware:w}.mbn",
            "Unable to authorize the image",
            "gpu hw init failed: {error:d}",
        ),
        "",
        "drivers/gpu/drm/msm/adreno/adreno_gpu.c, zap_shader_load_mdt()",
        (
            "msm_dpu ae01000.mdp: [drm:adreno_zap_shader_load [msm]] *ERROR* Unable to load qcom/a630_zap.mdt",
            "msm_dpu ae01000.mdp: [drm:adreno_zap_shader_load [msm]] *ERROR* Unable to load qcom/a630_zap.mbn",
            "msm_dpu ae01000.mdp: [drm:adreno_zap_shader_load [msm]] *ERROR* Unable to authorize the image",
            "msm_dpu ae01000.mdp: [drm:adreno_load_gpu [msm]] *ERROR* gpu hw init failed: -22",
        ),
    ),
    Message(
        "zap-not-used",
        ("Zap shader not enabled - using SECVID_TRUST_CNTL instead",),
        "",
        "drivers/gpu/drm/msm/adreno/a6xx_gpu.c",
        ("msm_dpu ae01000.display-controller: Zap shader not enabled - using SECVID_TRUST_CNTL instead",),
    ),
    Message(
        "pcie-timeout",
        (
            "nvme {device:dev}: I/O {what:t} timeout, completion polled",
            "{device:dev}: failed to power up mhi: {error:d}",
            "{device:dev}: failed to alloc/enable msi",
            "{device:dev}: error -EIO: PCI read failed",
        ),
        "",
        "drivers/nvme/host/pci.c, drivers/net/wireless/ath/",
        (
            "nvme nvme0: I/O tag 16 (1010) QID 1 timeout, completion polled",
            "ath12k_pci 0004:01:00.0: failed to power up mhi: -110",
            "ath12k_pci 0004:01:00.0: failed to alloc/enable msi",
            "r8169 0000:03:00.0: error -EIO: PCI read failed",
        ),
    ),
    Message(
        "msi-counter",
        (
            "ITS-PCI-MSI-{device:dev} ",
            "ITS-PCI-MSIX-{device:dev} ",
            "ITS-MSI {hwirq:d} ",
        ),
        "the first two in 6.10 and later",
        "/proc/interrupts",
        (
            " 196:          0          0  ITS-PCI-MSI-0004:00:00.0   0 Edge      PCIe PME, aerdrv",
            " 201:          0          0  ITS-PCI-MSIX-0004:01:00.0   0 Edge      bhi",
            " 201:          0          0  ITS-MSI 134217728 Edge      PCIe PME, aerdrv",
        ),
    ),
    Message(
        "interrupts-end",
        ("Err: {errors:d}",),
        "",
        "/proc/interrupts",
        ("Err:          0",),
    ),
    Message(
        "sbsa-watchdog",
        ("sbsa-gwdt {device:dev}: Initialized with",),
        "",
        "drivers/watchdog/sbsa_gwdt.c",
        ("sbsa-gwdt 1c840000.watchdog: Initialized with 10s timeout @ 19200000 Hz, action=0.",),
    ),
    Message(
        "watchdog-refused",
        (
            "Failed to set watchdog hardware timeout to {timeout:w}",
            "watchdog: watchdog{number:d}: watchdog did not stop!",
            "System reset by WDT",
        ),
        "",
        "systemd-shutdown, drivers/watchdog/",
        (
            "systemd-shutdown[1]: Failed to set watchdog hardware timeout to 1min: Invalid argument",
            "watchdog: watchdog0: watchdog did not stop!",
            "sbsa-gwdt 1c840000.watchdog: System reset by WDT.",
        ),
    ),
    Message(
        "deferred",
        (
            "{device:dev}: deferred probe pending: {reason:t}",
            "{device:dev}: deferred probe pending",
        ),
        "with a reason in 6.12 and later",
        "drivers/base/dd.c, deferred_probe_timeout_work_func()",
        (
            "platform sound: deferred probe pending: platform: wait for supplier /soc@0/pinctrl@a7c0000/x-state",
            "platform sound: deferred probe pending",
        ),
    ),
    Message(
        "sync-state",
        ("{device:dev}: sync_state() pending due to {consumer:dev}",),
        "",
        "drivers/base/core.c",
        ("gcc-sm8550 100000.clock-controller: sync_state() pending due to 3d6a000.gmu",),
    ),
    Message(
        "probe-failed",
        (
            "{device:dev}: probe with driver {driver:w} failed with error {error:d}",
            "probe of {device:dev} failed with error {error:d}",
        ),
        "the first in 6.12 and later",
        "drivers/base/dd.c, really_probe()",
        (
            "qcom-venus aa00000.video-codec: probe with driver qcom-venus failed with error -22",
            "qcom-venus: probe of aa00000.video-codec failed with error -22",
        ),
    ),
)
