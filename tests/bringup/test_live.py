"""The tree that runs against the one that was built."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.bringup import running
from dtgen.bringup.live import Sameness, compare
from dtgen.devicetree.tree import Node, Tree
from dtgen.diagnostics import Subject
from dtgen.errors import ToolError

BASE = """
/ {
    compatible = "qcom,lemans-evk", "qcom,qcs9100";
    model = "Lemans EVK";
    chosen { };
    memory@80000000 { device_type = "memory"; reg = <0x0 0x0>; };
    apps_smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
    adsp: remoteproc { compatible = "qcom,sa8775p-adsp-pas"; %s };
    zap { %s };
    wifi { };
    reserved-memory { hyp@1000 { no-map; }; };
};
"""
IOMMUS = "iommus = <&apps_smmu 0x3000 0x0>;"
OVERLAY = frozenset({Subject("/remoteproc", "iommus"), Subject("/zap", "status")})
BOOTED = """
    / {
        serial-number = "12345678"; qcom,msm-id = <1>;
        chosen {
            bootargs = "root=/dev/sda1 secret"; kaslr-seed = <1 2>; linux,initrd-start = <1>;
            framebuffer@1 { compatible = "simple-framebuffer"; status = "okay"; };
        };
        memory@80000000 { reg = <0x80000000 0x1000>; };
        wifi { local-mac-address = [00 11 22 33 44 55]; };
        reserved-memory { splash@2000 { reg = <1>; no-map; compatible = "x"; }; ramoops@1 { }; };
    };
"""


def built(tree: Callable[[str], Tree]) -> Tree:
    return tree(BASE % (IOMMUS, 'status = "disabled";'))


def ran(tree: Callable[[str], Tree], text: str) -> Tree:
    return running.blanked(tree(text))


@pytest.mark.parametrize(
    ("runs", "verdict"),
    [
        (BASE % (IOMMUS, 'status = "disabled";'), Sameness.SAME),
        (BASE % (IOMMUS, 'status = "disabled";') + BOOTED, Sameness.BOOTLOADER),
        (BASE % ("", "") + BOOTED, Sameness.NO_OVERLAY),
        (BASE % (IOMMUS, "") + BOOTED, Sameness.PART),
        (BASE % (IOMMUS.replace("3000", "3001"), 'status = "disabled";'), Sameness.OLDER),
        (BASE % (IOMMUS, 'status = "disabled";') + '/ { wifi { status = "okay"; }; };', Sameness.DIFFERS),
        (BASE.replace("lemans", "monaco").replace("qcs9100", "qcs8300") % ("", ""), Sameness.OTHER_BOARD),
    ],
)
def test_the_verdict(tree, runs: str, verdict: Sameness) -> None:
    assert compare(ran(tree, runs), built(tree), OVERLAY).verdict is verdict


def test_a_base_without_the_overlay_is_known_by_its_streams(tree) -> None:
    assert compare(ran(tree, BASE % ("", "")), built(tree)).verdict is Sameness.NO_OVERLAY


def test_what_bootloaders_write_is_counted_by_who_writes_it(tree) -> None:
    found = compare(ran(tree, BASE % (IOMMUS, 'status = "disabled";') + BOOTED), built(tree), OVERLAY)
    assert found.real == ()
    assert set(found.by_writer) >= {"every bootloader", "U-Boot", "ABL or QcomBds", "U-Boot for Snapdragon"}


def test_what_decides_at_el2_is_never_set_aside(tree) -> None:
    """A disabled adsp among the edits of a bootloader."""
    edited = BOOTED + '/ { remoteproc { status = "disabled"; }; };'
    found = compare(ran(tree, BASE % (IOMMUS, 'status = "disabled";') + edited), built(tree), OVERLAY)
    assert [(change.path, change.property) for change in found.real] == [("/remoteproc", "status")]
    assert found.errors


def test_what_the_rules_find_anew_is_told(tree) -> None:
    wrong = IOMMUS.replace("0x3000", "0x13000")
    found = compare(ran(tree, BASE % (wrong, 'status = "disabled";')), built(tree), OVERLAY)
    assert "stream-width" in [rule for rule, _ in found.new]


def test_private_values_are_blanked_when_they_are_read(tree) -> None:
    read = ran(tree, BASE % ("", "") + BOOTED)
    assert read.nodes["/wifi"].properties["local-mac-address"].value == b""
    assert read.nodes["/chosen"].properties["bootargs"].value == b""
    assert read.root.properties["serial-number"].value == b""
    assert b"secret" not in repr(read.root).encode()


def test_a_directory_as_the_kernel_shows_it_is_the_same_tree(tree, tmp_path: Path) -> None:
    of = built(tree)

    def write(node: Node, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        (directory / "name").write_bytes(node.name.encode() + b"\0")
        for name, prop in node.properties.items():
            (directory / name).write_bytes(prop.value)
        for name, child in node.children.items():
            write(child, directory / name)

    write(of.root, tmp_path / "device-tree")
    read = running.read(tmp_path / "device-tree")
    assert compare(read, of, OVERLAY).verdict is Sameness.SAME


def test_a_directory_that_is_no_devicetree_is_refused(tmp_path: Path) -> None:
    (tmp_path / "some").mkdir()
    with pytest.raises(ToolError, match=r"some is not a devicetree: it has no compatible$"):
        running.read(tmp_path / "some")


def test_a_pipe_in_a_directory_is_no_property(tmp_path: Path) -> None:
    (tmp_path / "compatible").write_bytes(b"acme,board\0")
    os.mkfifo(tmp_path / "pipe")
    assert list(running.read(tmp_path).root.properties) == ["compatible"]
