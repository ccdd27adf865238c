"""Defects seeded in descriptions of real boards, with what the kernel prints of them: the cause and the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dtgen.bringup.diagnosis import FoundCause
from dtgen.commands import diagnose
from dtgen.commands.diagnose import DiagnoseRequest
from dtgen.description import board as boards
from dtgen.description import render
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.dts import compiler
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged, merge
from dtgen.project.layout import Finder

BASES = {
    "lemans": "lemans-evk",
    "monaco": "monaco-evk",
    "talos": "qcs615-ride",
    "x1": "hamoa-iot-evk",
    "sc8280xp": "sc8280xp-crd",
}
PROCESSORS = [
    ("lemans", "remoteproc_adsp"), ("lemans", "remoteproc_cdsp0"), ("lemans", "remoteproc_cdsp1"),
    ("lemans", "remoteproc_gpdsp0"), ("lemans", "remoteproc_gpdsp1"), ("monaco", "remoteproc_adsp"),
    ("monaco", "remoteproc_cdsp"), ("monaco", "remoteproc_gpdsp"), ("talos", "remoteproc_adsp"),
    ("talos", "remoteproc_cdsp"), ("x1", "remoteproc_adsp"), ("x1", "remoteproc_cdsp"),
]  # fmt: skip
EL2 = "[    0.091000] CPU: All CPU(s) started at EL2\n"
HERE = "# here"


@dataclass
class Mine:
    """A description that extends one of dtgen's, on a board of the kernel, in a directory of its own."""

    directory: Path
    base: Tree
    data: bytes
    board: str

    def device(self, label: str) -> str:
        """The device of a node, as the kernel's log calls it."""
        name, _, address = self.base.symbols[label].rpartition("/")[2].partition("@")
        return f"{address}.{name}"

    def diagnose(self, yaml: str, log: str) -> FoundCause:
        """The first cause, with the merged tree and the description."""
        file = self.directory / "mine.yaml"
        file.write_text(f"extends: {self.board}\nname: mine\ntitle: Mine\n{yaml}")
        finder = Finder.from_directory(self.directory).of_board(str(file))
        text = render.render(boards.load(str(file), finder), finder)
        data = compiler.compile_overlay(text.text, text.name, compiler.find_dtc()).required()
        overlay = Overlay.of(blob.read(data, text.name))
        (self.directory / "mine-el2.dtb").write_bytes(merge(self.base, self.data, overlay, data).blob)
        (self.directory / "boot.log").write_text(EL2 + log)
        request = DiagnoseRequest(
            (str(self.directory / "boot.log"),), self.directory / "mine-el2.dtb", str(file)
        )
        (found,) = diagnose.diagnosed(request, finder)
        first = found.boots[0].diagnosis.first
        assert first is not None
        return first

    def line(self) -> int:
        """Of the entry that the defect is in."""
        lines = (self.directory / "mine.yaml").read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if HERE in line)


@pytest.fixture
def mine(tmp_path: Path, compiled: Callable[[str], bytes]) -> Callable[[str], Mine]:
    def of(board: str) -> Mine:
        data = compiled(f"{BASES[board]}.dts")
        return Mine(tmp_path, blob.read(data, f"{BASES[board]}.dtb"), data, board)

    return of


def expect(found: FoundCause, mine: Mine, cause: str, rule: str, word: str) -> None:
    verdict = found.verdict
    assert (found.cause.id, verdict.rule, verdict.confidence.value) == (cause, rule, word)
    assert verdict.change and verdict.change.location
    assert Path(verdict.change.location.file).name == "mine.yaml"
    assert verdict.change.location.line == mine.line()


@pytest.mark.parametrize(("board", "label"), PROCESSORS)
def test_a_stream_of_another_device(mine: Callable[[str], Mine], board: str, label: str) -> None:
    own = mine(board)
    smmu = own.base.symbols["apps_smmu"]
    system = System(Merged.unchanged(own.base, own.data))
    other = next(
        claim
        for claim in system.live_claims
        if claim.smmu.path == smmu and claim.subject.property == "iommus"
    )
    device = own.device(label)
    found = own.diagnose(
        f"streams:\n  {label}:\n    iommus:\n      - [apps_smmu, {other.id:#x}, {other.mask:#x}]  {HERE}\n",
        f"[    7.214001] qcom_q6v5_pas {device}: can't attach iommu device: -22\n"
        "[    7.214100] remoteproc remoteproc4: can't enable iommu: -22\n",
    )
    expect(found, own, "attach-refused", "attach-overlap", "certain")
    # what dtgen's own description of the SoC has there, with its source
    assert f"({board}: Linux v7.1" in found.verdict.change.text


@pytest.mark.parametrize(("board", "label"), PROCESSORS)
def test_a_forgotten_stream(mine: Callable[[str], Mine], board: str, label: str) -> None:
    own = mine(board)
    found = own.diagnose(
        f"streams:  {HERE}\n  {label}: null\n",
        f"[    7.303000] qcom_q6v5_pas {own.device(label)}: error -22 initializing firmware qcom/x.mbn\n",
    )
    expect(found, own, "pas-refused", "pas-without-stream", "likely")
    assert f"{{{label}: {{iommus: [[apps_smmu, 0x" in found.verdict.change.text


@pytest.mark.parametrize("board", ["lemans", "monaco", "talos", "x1", "sc8280xp"])
def test_an_enabled_zap_shader(mine: Callable[[str], Mine], board: str) -> None:
    own = mine(board)
    gpu = own.base.symbols["gpu_zap_shader"].rpartition("/")[0].rpartition("/")[2].partition("@")
    found = own.diagnose(
        f"disable:  {HERE}\n  gpu_zap_shader: null\n",
        f"[    8.588496] adreno {gpu[2]}.gpu: error -22 initializing firmware qcom/zap.mbn\n"
        "[    8.588509] msm_dpu ae01000.mdp: [drm:adreno_load_gpu [msm]] *ERROR* gpu hw init failed: -22\n",
    )
    expect(found, own, "zap-shader", "enabled-zap-shader", "certain")
    assert f"{board}.yaml:" in found.verdict.change.text


@pytest.mark.parametrize(("board", "label"), [("lemans", "iris"), ("monaco", "iris"), ("talos", "venus")])
def test_a_codec_without_a_stream(mine: Callable[[str], Mine], board: str, label: str) -> None:
    own = mine(board)
    found = own.diagnose(
        f"disable:  {HERE}\n  {label}: null\n",
        f"[    8.5] qcom-{label} {own.device(label)}: error -22 initializing firmware qcom/vpu.mbn\n"
        f"[    8.6] qcom-{label} {own.device(label)}: probe with driver qcom-{label} failed with error -22\n",
    )
    assert found.verdict.rule in ("missing-firmware-child", "forgotten-pas-user")
    expect(found, own, "firmware-device", found.verdict.rule, "certain")


@pytest.mark.parametrize("board", ["x1", "sc8280xp"])
def test_an_smmu_of_pcie_that_is_left_to_the_hypervisor(mine: Callable[[str], Mine], board: str) -> None:
    own = mine(board)
    found = own.diagnose(
        f"enable:  {HERE}\n  pcie_smmu: null\n",
        " 201:  0  0  ITS-PCI-MSIX-0004:01:00.0   0 Edge      bhi\nErr:  0\n"
        "[   20.0] ath12k_pci 0004:01:00.0: failed to power up mhi: -110\n",
    )
    assert (found.cause.id, found.verdict.confidence.value) == ("no-msi", "certain")
    assert found.verdict.change and found.verdict.change.location
    assert found.verdict.change.location.line == own.line()


def test_an_emulated_watchdog(mine: Callable[[str], Mine]) -> None:
    own = mine("x1")
    found = own.diagnose(
        f"disable:  {HERE}\n  sbsa_watchdog: null\n",
        f"[    1.1] sbsa-gwdt {own.device('sbsa_watchdog')}: Initialized with 10s timeout @ 19200000 Hz, action=0.\n",
    )
    expect(found, own, "emulated-watchdog", "hypervisor-leftover", "certain")


@pytest.mark.parametrize("label", ["pcie3", "pcie4", "pcie5", "pcie6a"])
def test_an_iommu_map_that_is_too_short(mine: Callable[[str], Mine], label: str) -> None:
    own = mine("x1")
    path = own.base.symbols[label]
    found = own.diagnose(
        f"pcie:\n  {label}:\n    iommu-map:\n      - [0x0, pcie_smmu, 0x30000, 0x100]  {HERE}\n",
        f"[    1.17] OF: {path}: no iommu-map translation for id 0x100 on (null)\n",
    )
    expect(found, own, "unmapped-requester", "", "certain")


def test_an_unknown_stream_that_a_description_of_the_soc_has(mine: Callable[[str], Mine]) -> None:
    own = mine("lemans")
    found = own.diagnose(
        f"streams:  {HERE}\n  remoteproc_cdsp0: null\n",
        '[ 8.1] arm-smmu 15000000.iommu: Blocked unknown Stream ID 0x25c0; boot with "x"\n',
    )
    expect(found, own, "unclaimed-stream", "", "likely")
    (owner,) = found.verdict.remarks
    assert owner.startswith("remoteproc_cdsp0 has it in ")
    assert owner.endswith("[apps_smmu, 0x21c0, 0x400] (Linux v7.1, arch/arm64/boot/dts/qcom/lemans-el2.dtso)")


def test_a_sound_description_is_not_blamed_for_the_base(mine: Callable[[str], Mine]) -> None:
    """The base alone was booted: its description has all the streams."""
    own = mine("lemans")
    base = own.directory / "lemans-evk.dtb"
    base.write_bytes(own.data)
    log = own.directory / "boot.log"
    log.write_text(EL2 + "[ 7.3] qcom_q6v5_pas 30000000.remoteproc: error -22 initializing firmware a.mbn\n")
    finder = Finder.from_directory(own.directory)
    (found,) = diagnose.diagnosed(DiagnoseRequest((str(log),), base, "lemans"), finder)
    verdict = found.boots[0].diagnosis.causes[0].verdict
    assert verdict.summary == "Linux runs at EL2, and no remote processor of this tree has a stream"
    assert verdict.change
    assert "dtgen build lemans --base" in str(verdict.change)
