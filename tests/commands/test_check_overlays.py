"""Overlays as they are met in public, on a board of the kernel: all that is said of each, to the letter."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from dtgen.commands.check import check
from dtgen.commands.check_bases import Options
from dtgen.devicetree import blob
from dtgen.project import layout
from dtgen.report import text
from dtgen.report.style import Style

HEAD = "// SPDX-License-Identifier: BSD-3-Clause\n/* Of a test. */\n\n/dts-v1/;\n/plugin/;\n\n"
BOARD = "lemans-evk.dtb"

# the first line of each is line 7; NUMBER is the phandle of &apps_smmu
CASES: dict[str, tuple[str, str]] = {
    "alias-ref": (
        '&{/} {\n\tvreg: regulator-example {\n\t\tcompatible = "regulator-fixed";\n'
        '\t\tregulator-name = "vreg";\n\t};\n};\n\n&{/aliases} {\n\tregulator9 = &vreg;\n};\n',
        "alias-ref.dtso:15:2: warning: regulator9 of /aliases will be "
        '"/fragment@0/__overlay__/regulator-example", a path that exists in the overlay alone: '
        "&label as a text is that [overlay-path]\n"
        '    help: write "/regulator-example"\n',
    ),
    "path-string": (
        "&{/chosen} {\n\tstdout-path = &console;\n};\n\n&{/soc@0} {\n\tconsole: serial@12340000 {\n"
        "\t\treg = <0x0 0x12340000 0x0 0x1000>;\n\t};\n};\n",
        "path-string.dtso:8:2: warning: stdout-path of /chosen will be "
        '"/fragment@1/__overlay__/serial@12340000", a path that exists in the overlay alone: &label '
        "as a text is that [overlay-path]\n"
        '    help: write "/soc@0/serial@12340000"\n',
    ),
    "path-with-options": (
        "&{/soc@0} {\n\tconsole: serial@12340000 {\n\t\treg = <0x0 0x12340000 0x0 0x1000>;\n\t};\n};\n\n"
        '&{/chosen} {\n\tstdout-path = "/fragment@0/__overlay__/serial@12340000:115200n8";\n};\n',
        "path-with-options.dtso:13:1: warning: &{/chosen} is out of order: its place is before "
        "&{/soc@0} [unsorted-labels]\n"
        "    help: dtgen format path-with-options.dtso\n"
        "path-with-options.dtso:14:2: warning: stdout-path of /chosen will be "
        '"/fragment@0/__overlay__/serial@12340000:115200n8", a path that exists in the overlay '
        "alone: &label as a text is that [overlay-path]\n"
        '    help: write "/soc@0/serial@12340000:115200n8"\n',
    ),
    "another-soc": (
        '/ {\n\tcompatible = "qcom,lemans-evk", "qcom,lemans";\n};\n\n&cam_cpas {\n\tstatus = "okay";\n};\n\n'
        '&cam_icp {\n\tstatus = "okay";\n};\n',
        "another-soc.dtso:11:1: error: the base has no label cam_cpas [unknown-label]\n"
        "    /fragment@0: target\n"
        "    help: another overlay may have to come first, whose label it is\n"
        "another-soc.dtso:15:1: error: the base has no label cam_icp [unknown-label]\n"
        "    /fragment@1: target\n"
        "    help: another overlay may have to come first, whose label it is\n",
    ),
    "compat": (
        '/ {\n\tcompatible = "qcom,monaco-evk", "qcom,monaco";\n};\n\n&remoteproc_adsp {\n'
        '\tstatus = "disabled";\n};\n',
        "compat.dtso:7:1: warning: the overlay is for qcom,monaco-evk or qcom,monaco, and base "
        "lemans-evk.dtb is for qcom,lemans-evk, qcom,qcs9100, qcom,sa8775p [foreign-compatible]\n"
        "    help: give a base that it is for, or add this one's compatible to the overlay's\n",
    ),
    "reserved-label": (
        "&reserved_memory {\n\tx@1000 {\n\t\treg = <0x0 0x1000 0x0 0x1000>;\n\t};\n};\n",
        "reserved-label.dtso:7:1: error: the base has no label reserved_memory "
        "[unknown-label]\n"
        "    /fragment@0: target\n"
        "    help: the node /reserved-memory has no label: write &{/reserved-memory}\n",
    ),
    "path-ref": (
        "&remoteproc_adsp {\n\tiommus = <&{/soc@0/iommu@15000000} 0x3000 0x0>;\n};\n",
        "path-ref.dtso:8:12: error: libfdt cannot resolve the path reference &{/soc@0/iommu@15000000} "
        "in cells; the node is there, its label is &apps_smmu [unknown-label]\n"
        "    /fragment@0/__overlay__: iommus\n"
        "    help: write &apps_smmu\n",
    ),
    "num-ref": (
        "&remoteproc_adsp {\n\tiommus = <NUMBER 0x3000 0x0>;\n};\n",
        "num-ref.dtso:8:2: warning: NUMBER in iommus of &remoteproc_adsp is a phandle written as a "
        "number, that of &apps_smmu in this base alone [numbered-phandle]\n"
        "    help: write &apps_smmu\n",
    ),
    "num-supply": (
        "&usb_0_hsphy {\n\tvdda-pll-supply = <NUMBER>;\n};\n",
        "num-supply.dtso:8:2: warning: NUMBER in vdda-pll-supply of &usb_0_hsphy is a phandle "
        "written as a number, that of &apps_smmu in this base alone [numbered-phandle]\n"
        "    help: write &apps_smmu\n",
    ),
    "label-clash": (
        '&{/} {\n\tremoteproc_adsp: regulator-example {\n\t\tcompatible = "regulator-fixed";\n'
        '\t\tregulator-name = "x";\n\t};\n};\n',
        "label-clash.dtso:8:19: warning: the label remoteproc_adsp is the base's, of "
        "/soc@0/remoteproc@30000000, and now names /regulator-example: overlays that are applied "
        "later go there [label-clash]\n"
        "    help: give the node another label\n",
    ),
    "phandle-hand": (
        "&remoteproc_adsp {\n\tphandle = <0x1>;\n};\n",
        "phandle-hand.dtso: info: lemans-evk.dtb has all of it already: nothing changes "
        "[already-applied]\n"
        "phandle-hand.dtso:8:2: warning: &remoteproc_adsp has a phandle in the base: "
        "libfdt before 1.7.1 renumbers the node [phandle-overwrite]\n"
        "    help: remove this line: the number is not used\n",
    ),
    "phandle-used": (
        "&apps_smmu {\n\tphandle = <0x1>;\n};\n",
        "phandle-used.dtso: info: lemans-evk.dtb has all of it already: nothing changes "
        "[already-applied]\n"
        "phandle-used.dtso:8:2: warning: &apps_smmu has a phandle in the base: "
        "libfdt before 1.7.1 renumbers the node, which breaks "
        "iommus of &gpi_dma2, iommus of &qupv3_id_2, iommus of &gpi_dma0 and 52 more "
        "[phandle-overwrite]\n"
        "    help: remove this line: the number is not used\n",
    ),
    "delete-after": (
        '&remoteproc_adsp {\n\tstatus = "disabled";\n};\n\n/delete-node/ &gpu_zap_shader;\n',
        "delete-after.dtso:11:15: error: /delete-node/ &gpu_zap_shader: the overlay has no such "
        "node, and libfdt cannot delete what a base has [delete-in-overlay]\n"
        '    help: disable the node instead: &gpu_zap_shader { status = "disabled"; };\n',
    ),
    "delete-path": (
        '&iris {\n\tstatus = "disabled";\n};\n\n/delete-node/ &{/soc@0/gpu@3d00000};\n',
        "delete-path.dtso:11:15: error: /delete-node/ &{/soc@0/gpu@3d00000}: the overlay has no such "
        "node, and libfdt cannot delete what a base has [delete-in-overlay]\n"
        '    help: disable the node instead: &{/soc@0/gpu@3d00000} { status = "disabled"; };\n',
    ),
    "dup-prop": (
        "&remoteproc_adsp {\n\tiommus = <&apps_smmu 0x3000 0x0>;\n};\n\n&remoteproc_adsp {\n"
        "\tiommus = <&apps_smmu 0x3010 0x0>;\n};\n",
        "dup-prop.dtso:12:2: warning: iommus of &remoteproc_adsp is written twice in this overlay, "
        "and the last one wins; the kernel refuses such an overlay at run time [repeated-property]\n"
        "    also /fragment@0/__overlay__: iommus   (dup-prop.dtso:8:2)\n"
        "    help: write it once\n",
    ),
    "local-merge": (
        "&{/} {\n\textra: example-extra {\n\t\tone;\n\t\ttwo;\n\t};\n};\n\n&extra {\n\t/delete-property/ two;\n};\n",
        "",
    ),
    "overrides": (
        "/ {\n\tfragment@0 {\n\t\ttarget = <&remoteproc_adsp>;\n\n\t\tfrag0: __overlay__ {\n"
        "\t\t\tiommus = <&apps_smmu 0x3000 0x0>;\n\t\t};\n\t};\n\n\tfragment@1 {\n\t\ttarget = <&iris>;\n\n"
        '\t\t__dormant__ {\n\t\t\tstatus = "disabled";\n\t\t};\n\t};\n\n\t__overrides__ {\n\t\tnoiris = <0>, "+1";\n'
        '\t\tstream = <&frag0>, "iommus:4";\n\t};\n};\n',
        "overrides.dtso:11:10: warning: &remoteproc_adsp has a phandle in the base: "
        "libfdt before 1.7.1 refuses the overlay or renumbers the node [phandle-overwrite]\n"
        "    help: take the label off the node in the overlay and use the base's\n"
        "overrides.dtso:24:2: info: parameters and dormant fragments are of Raspberry Pi firmware, "
        "libfdt ignores them [firmware-only]\n"
        "    also /fragment@1   (overrides.dtso:16:2)\n",
    ),
    "unit-address": (
        "&{/reserved-memory} {\n\tcarveout@a0000000 {\n\t\treg = <0x0 0xa1000000 0x0 0x1000>;\n\t\tno-map;\n"
        "\t};\n};\n",
        "unit-address.dtso:8:2: warning: the unit address of /reserved-memory/carveout@a0000000 is "
        "a0000000, and its reg begins at 0xa1000000 [wrong-unit-address]\n"
        "    help: write carveout@a1000000, or correct reg\n",
    ),
    "sort": (
        '&soc {\n\tx;\n};\n\n&tlmm {\n\tstatus = "okay";\n};\n\n'
        '&pcie0 {\n\tstatus = "okay";\n};\n\n&pcie1 {\n\tstatus = "okay";\n};\n',
        "sort.dtso:15:1: warning: &pcie0 is out of order: its place is before &soc [unsorted-labels]\n"
        "    help: dtgen format sort.dtso\n"
        "sort.dtso:19:1: warning: &pcie1 is out of order: its place is before &soc [unsorted-labels]\n"
        "    help: dtgen format sort.dtso\n"
        'sort.dtso:16:2: info: status of &pcie0 is "okay" in the base already [no-op]\n'
        "    /pcie@1c00000: status\n    help: leave it out, unless another base needs it\n"
        'sort.dtso:20:2: info: status of &pcie1 is "okay" in the base already [no-op]\n'
        "    /pcie@1c10000: status\n    help: leave it out, unless another base needs it\n",
    ),
    "undefined-macro": (
        "&iris {\n\tinterrupts = <GIC_SPI 12 4>;\n};\n",
        "undefined-macro.dtso:8:16: error: GIC_SPI is not defined [dtc]\n"
        "    help: include the header that defines it; with --kernel DIR dtgen names it\n",
    ),
}
STACK = {
    "one.dtso": '&{/soc@0} {\n\textra_bus: extra@1 {\n\t\tcompatible = "syscon", "simple-mfd";\n'
    "\t\treg = <0x0 0x1 0x0 0x1>;\n\t};\n};\n",
    "two.dtso": '&extra_bus {\n\tstatus = "disabled";\n};\n',
}
SETTINGS = '[[overlay]]\nfiles = "*.dtso"\nbases = [["{}", "{}", "{}"]]\n'


@pytest.fixture(scope="module")
def board(compiled: Callable[[str], bytes]) -> bytes:
    return compiled("lemans-evk.dts")


def said(files: Iterable[str], *bases: Path) -> dict[str, str]:
    result = check(list(map(Path, files)), Options(bases=bases), layout.cache_directory(), lambda *_: None)
    return {f.file: text.diagnostics(f.all_diagnostics, Style(verbosity=1)) for f in result.files}


@pytest.fixture(scope="module")
def checked(board: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All of them in one run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("overlays"))
        Path(BOARD).write_bytes(board)
        for name, (source, _) in CASES.items():
            Path(f"{name}.dtso").write_text(HEAD + source.replace("NUMBER", number(board)))
        return said((f"{name}.dtso" for name in CASES), Path(BOARD))


def number(board: bytes) -> str:
    tree = blob.read(board, BOARD)
    return hex(tree.nodes[tree.symbols["apps_smmu"]].cell("phandle") or 0)


@pytest.mark.parametrize("name", CASES)
def test_a_case(checked: dict[str, str], board: bytes, name: str) -> None:
    assert checked[f"{name}.dtso"] == CASES[name][1].replace("NUMBER", number(board))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (("one.dtso", "two.dtso"), {"one.dtso": "", "two.dtso": ""}),
        (
            ("two.dtso", "one.dtso"),
            {
                "one.dtso": f"two.dtso: error: cannot be applied to {BOARD}: the base has no label extra_bus [stack]\n"
                "    help: one.dtso, later in the stack, has it: put that first\n",
                "two.dtso": "two.dtso:7:1: error: the base has no label extra_bus [unknown-label]\n"
                "    /fragment@0: target\n    help: one.dtso, later in the stack, has it: put that first\n",
            },
        ),
    ],
)
def test_a_stack_of_the_settings(
    board: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    order: tuple[str, str],
    expected: dict[str, str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(BOARD).write_bytes(board)
    for name, source in STACK.items():
        Path(name).write_text(HEAD + source)
    Path("dtgen.toml").write_text(SETTINGS.format(BOARD, *order))
    assert said(STACK) == expected


def test_a_decompiled_overlay(
    board: bytes, dtbo: Callable[[str], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no /plugin/ before dtc 1.8, and dtc makes an overlay of it all the same."""
    monkeypatch.chdir(tmp_path)
    Path(BOARD).write_bytes(board)
    overlay = dtbo("&remoteproc_adsp { iommus = <&apps_smmu 0x3000 0x0>; }; &gone { x; };")
    for name in ("decompiled.dts", "decompiled.dtso"):
        decompiled = subprocess.run(
            ["dtc", "-q", "-I", "dtb", "-O", "dts"], input=overlay, capture_output=True, check=True
        )
        Path(name).write_bytes(HEAD.replace("/dts-v1/;\n/plugin/;\n\n", "").encode() + decompiled.stdout)
        (found,) = [line for line in said([name], Path(BOARD))[name].splitlines() if "error" in line]
        assert found.endswith("error: the base has no label gone [unknown-label]")
