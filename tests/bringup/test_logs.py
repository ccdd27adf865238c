"""Short logs out of public reports, each with its first cause; and consoles of boots in QEMU."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from board_logs import CONSOLES, FORMS, LOGS, diagnosed, expected
from corpus import absent

from dtgen.bringup.tree import KnownTree
from dtgen.bringup.verdict import Confidence
from dtgen.devicetree import blob
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged

NAMES = sorted(log.name for log in LOGS.glob("*.log")) if LOGS.is_dir() else []

_ORDER = [
    Confidence.INFO, Confidence.UNKNOWN, Confidence.NOT_THE_TREE, Confidence.POSSIBLE, Confidence.LIKELY,
    Confidence.CERTAIN,
]  # fmt: skip

# The key of a log's first cause: our cause, a part of what it says, and the highest word that the log alone allows.
KEYS: Mapping[str, tuple[str, str, Confidence]] = {
    "smmu-context:not-tree": ("unmapped-access", "which is not mapped", Confidence.NOT_THE_TREE),
    "smmu-context:pa": ("unmapped-access", "which looks like a physical address", Confidence.NOT_THE_TREE),
    # the log alone does not say that the stream is a display's: test_the_boot_splash_is_known_by_the_tree
    "smmu-context:splash": ("unmapped-access", "which is not mapped", Confidence.NOT_THE_TREE),
    "smmu-unknown:generic": ("unclaimed-stream", "which nobody has", Confidence.POSSIBLE),
    "smmu-unknown:shutdown": ("unclaimed-stream", "harmless", Confidence.INFO),
    "smmuv3:translation": ("pcie-fault", "is not mapped", Confidence.LIKELY),
    "pcie-map": ("unmapped-requester", "01:00.0 (0x100)", Confidence.LIKELY),
    "pcie-map:rootport": ("no-cause", "the root port itself", Confidence.INFO),
    "noise": ("no-cause", "sync_state()", Confidence.INFO),
    "healthy": ("no-cause", "right at EL2", Confidence.INFO),
    "watchdog:info": ("no-cause", "the watchdog refused", Confidence.INFO),
    "acpi": ("no-devicetree", "ACPI", Confidence.INFO),
    "foreign": ("no-devicetree", "Xen", Confidence.INFO),
    "overlay-label": ("overlay-refused", "refers to", Confidence.LIKELY),
    "overlay-nosymbols": ("overlay-refused", "the base has no symbols", Confidence.LIKELY),
    "overlay-nospace": ("overlay-refused", "no room", Confidence.LIKELY),
    "overlay-abl": ("overlay-refused", "ABL", Confidence.LIKELY),
    "pas-init22:all": ("pas-refused", "at the same step", Confidence.POSSIBLE),
    "pas-init22:some": ("pas-refused", "adsp and a300000.remoteproc", Confidence.POSSIBLE),
    "pas-init22:one": ("pas-refused", "refused to start", Confidence.POSSIBLE),
    "pas-timeout": ("start-timeout", "did not answer", Confidence.POSSIBLE),
    "deferred": ("deferred-supplier", "waits for", Confidence.POSSIBLE),
    "rproc-fatal:firmware": ("firmware-crash", "crashed", Confidence.NOT_THE_TREE),
    "video-fw": ("firmware-device", "firmware", Confidence.LIKELY),
    "el2-tree-at-el1": ("el2-tree-at-el1", "for EL2", Confidence.LIKELY),
    "level-el1": ("level-el1", "EL1", Confidence.INFO),
    "msi-zero": ("no-msi", "no PCIe interrupt", Confidence.LIKELY),
    "reserved-overlap": ("carveout-overlap", "overlap", Confidence.CERTAIN),
    "incomplete": ("incomplete", "the log ends", Confidence.UNKNOWN),
}


def test_the_logs_are_there() -> None:
    if not NAMES:
        absent(f"log in {LOGS} (set DTGEN_LOGS)")
    assert len(NAMES) == 44


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_the_first_cause_of_a_log_in_every_form(name: str, form: str) -> None:
    log = LOGS / name
    found = diagnosed(FORMS[form](log.read_bytes())).first
    cause, says, most = KEYS[expected(log)]
    assert found is not None
    assert found.cause.id == cause
    assert says in found.verdict.summary
    assert _ORDER.index(found.verdict.confidence) <= _ORDER.index(most)


@pytest.mark.skipif(not NAMES, reason="there are no logs")
def test_the_boot_splash_is_known_by_the_tree(compiled: Callable[[str], bytes]) -> None:
    data = compiled("sm6115-fxtec-pro1x.dts")
    system = System(Merged.unchanged(blob.read(data, "test.dtb"), data))
    log = (LOGS / "05-sm6115-mdss-splash.log").read_bytes()
    (found,) = diagnosed(log, tree=KnownTree(system, exact=True)).causes
    assert found.verdict.confidence is Confidence.NOT_THE_TREE
    assert found.verdict.summary == (
        "stream 0x420 is attached and reads the boot splash at 0x5c0ec600: harmless (×116,855)"
    )


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_certain_of_a_log_alone_but_what_the_kernel_says_itself(name: str) -> None:
    found = diagnosed((LOGS / name).read_bytes())
    certain = [one.cause.id for one in found.causes if one.verdict.confidence is Confidence.CERTAIN]
    assert certain in ([], ["carveout-overlap"])


@pytest.mark.parametrize("name", NAMES)
def test_a_log_that_is_cut_makes_nothing_certain_that_the_whole_does_not(name: str) -> None:
    lines = (LOGS / name).read_bytes().splitlines(keepends=True)
    whole = _certain(b"".join(lines))
    for end in range(len(lines)):
        assert _certain(b"".join(lines[:end])) <= whole


def _certain(data: bytes) -> set[str]:
    found = diagnosed(data).causes
    return {one.verdict.summary for one in found if one.verdict.confidence is Confidence.CERTAIN}


# what each console shows: nothing where Linux came up with what it was given
_CONSOLES = {
    "02-fit-faults.log": "the overlay refers to a label or path that the base does not have",
    "03-extlinux-bad.log": "ov-bad-label.dtbo refers to a label or path that the base does not have",
    "03-extlinux-missing.log": "the bootloader went on without an overlay: /not-there.dtbo could not be loaded",
    "03-extlinux-noaddr.log": "the bootloader went on without an overlay: fdtoverlay_addr_r is not set",
    "03-extlinux-nosym.log": "the base has no symbols, so no label of the overlay can be found",
    "03-extlinux-wrong.log": "ov-second.dtbo refers to a label or path that the base does not have",
    "04-booti.log": "there was no room for the overlay in the base",
    "06-debian-uboot-2023.01.log": "the bootloader went on without an overlay: "
    "this U-Boot was built without CONFIG_OF_LIBFDT_OVERLAY",
}


CONSOLE_NAMES = sorted(console.name for console in CONSOLES.glob("*.log"))


def test_the_consoles_are_there() -> None:
    if not CONSOLE_NAMES:
        absent(f"console in {CONSOLES}")
    assert _CONSOLES.keys() < set(CONSOLE_NAMES)


@pytest.mark.parametrize("name", CONSOLE_NAMES)
def test_the_first_failure_of_a_console(name: str) -> None:
    found = diagnosed((CONSOLES / name).read_bytes())
    assert [one.verdict.summary for one in found.causes] == ([_CONSOLES[name]] if name in _CONSOLES else [])


@pytest.mark.parametrize("name", NAMES)
def test_a_line_in_front_of_a_log_changes_nothing(name: str, tmp_path: Path) -> None:
    data = (LOGS / name).read_bytes()
    before, after = diagnosed(data).first, diagnosed(b"login: \n" * 3 + data).first
    assert before and after
    assert before.verdict.summary == after.verdict.summary
