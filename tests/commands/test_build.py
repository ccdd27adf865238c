"""Whole builds: what a description that is wrong in one way gives, to the letter."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from serious import serious

from dtgen.commands.build import Builder, BuildRequest
from dtgen.diagnostics import Diagnostic
from dtgen.dts import compiler
from dtgen.errors import ToolError
from dtgen.project import layout
from dtgen.project.layout import Finder
from dtgen.report import text
from dtgen.report.style import Style
from dtgen.results import BuildResult

ROOT = Path(__file__).resolve().parents[2]

Build = Callable[..., BuildResult]


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Build a description of the given text, which extends lemans, in a project of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "boards").mkdir()
    (tmp_path / "templates").mkdir()

    def run(description: str, *bases: Path, bindings: Path | None = None) -> BuildResult:
        head = "name: mine\nextends: lemans\n"
        (tmp_path / "boards/mine.yaml").write_text(head + description)
        finder = Finder.from_directory(tmp_path)
        return Builder(
            finder, None, bindings, None, lambda what, done, of: None, layout.cache_directory()
        ).build(BuildRequest("mine", bases))

    return run


def _told(result: BuildResult) -> str:
    own = tuple(dataclasses.replace(d, original="") for d in result.all_diagnostics)
    return text.diagnostics(own, Style()).replace(f"{ROOT}/", "")


def test_an_extension_that_changes_nothing_is_clean(build: Build) -> None:
    result = build("title: Mine\n")
    assert result.all_diagnostics == ()
    assert [(base.name, base.output) for base in result.bases] == [
        ("lemans-lean", "build/mine/lemans-lean-el2.dtb")
    ]
    assert sorted(file.name for file in Path("build/mine").iterdir()) == [
        "lemans-el2.dtbo",
        "lemans-el2.dtso",
        "lemans-lean-el2.dtb",
    ]


STREAMS = "streams:\n  remoteproc_adsp:\n    iommus:\n"

WRONG = {
    "two entries": (
        STREAMS + "      - [apps_smmu, 0x3000, 0x0]\n      - [apps_smmu, 0x3020, 0x0]\n",
        "boards/mine.yaml:6:7: error: remoteproc_adsp has 2 entries in iommus, the binding allows 1 "
        "[too-many-iommus]\n"
        "    /soc@0/remoteproc@30000000: iommus   (build/mine/lemans-el2.dtso:20:2)\n"
        "    help: keep the stream of the processor's firmware; the others belong in the nodes "
        "below it\n",
    ),
    "a stream of another device": (
        STREAMS + "      - [apps_smmu, 0x3001, 0x0]\n",
        "boards/mine.yaml:6:9: error: stream 0x3001/0x0 of remoteproc_adsp on &apps_smmu is claimed "
        "by q6apmdai too [attach-overlap]\n"
        "    /soc@0/remoteproc@30000000: iommus   (build/mine/lemans-el2.dtso:20:2)\n"
        "    also /soc@0/remoteproc@30000000/glink-edge/gpr/service@1/dais: iommus   "
        "(boards/bases/lemans.dts:1336:8)\n"
        "    help: a PAS remoteproc must be alone in its IOMMU group; lemans has <&apps_smmu 0x3000 "
        "0x0> here: boards/lemans.yaml:37\n",
    ),
    "a zap shader that stays on": (
        "disable: {gpu_zap_shader: null}\n",
        "boards/mine.yaml:3:11: error: &gpu_zap_shader is enabled: at EL2 TrustZone does not start it, "
        "and &gpu is not initialised [enabled-zap-shader]\n"
        "    /soc@0/gpu@3d00000/zap-shader   (boards/bases/lemans.dts)\n"
        "    help: without a value, gpu_zap_shader removes what lemans has: leave the line out to keep it\n",
    ),
    "a cell too few": (
        STREAMS + "      - [apps_smmu, 0x3000]\n",
        "boards/mine.yaml:6:9: error: entry 1 of iommus has 1 cell after the phandle, &apps_smmu "
        "takes 2 (#iommu-cells) [malformed-specifier]\n"
        "    /soc@0/remoteproc@30000000: iommus   (build/mine/lemans-el2.dtso:20:2)\n"
        "    help: an entry is <&smmu stream-id mask> for an SMMU with two cells, <&smmu stream-id> "
        "with one; lemans has <&apps_smmu 0x3000 0x0> here: boards/lemans.yaml:37\n",
    ),
    "a cell too many": (
        STREAMS + "      - [apps_smmu, 0x3000, 0x0, 0x1]\n",
        "boards/mine.yaml:6:9: error: entry 1 of iommus has 3 cells after the phandle, &apps_smmu "
        "takes 2 (#iommu-cells) [malformed-specifier]\n"
        "    /soc@0/remoteproc@30000000: iommus   (build/mine/lemans-el2.dtso:20:2)\n"
        "    help: an entry is <&smmu stream-id mask> for an SMMU with two cells, <&smmu stream-id> "
        "with one; lemans has <&apps_smmu 0x3000 0x0> here: boards/lemans.yaml:37\n",
    ),
    "a stream ID of 17 bits": (
        STREAMS + "      - [apps_smmu, 0x13000, 0x0]\n",
        "boards/mine.yaml:6:9: error: stream ID 0x13000 of entry 1 is wider than the 16 bits of "
        "&apps_smmu: the kernel would use 0x3000 [stream-width]\n"
        "    /soc@0/remoteproc@30000000: iommus   (build/mine/lemans-el2.dtso:20:2)\n"
        "    help: ids and masks are at most 0xffff; lemans has <&apps_smmu 0x3000 0x0> here: "
        "boards/lemans.yaml:37\n",
    ),
    "a number wider than a cell": (
        STREAMS + "      - [apps_smmu, 0x100003000, 0x0]\n",
        "boards/mine.yaml:6:21: error: streams.remoteproc_adsp.iommus.1.2: 0x100003000 is larger "
        "than 0xffffffff, the largest that fits [board-format]\n"
        "    help: entries of `[label of the SMMU, cell …]`; for an SMMU with two cells: stream ID "
        "and mask\n",
    ),
    "no IOMMU": (
        STREAMS + "      - [remoteproc_cdsp0, 0x3000, 0x0]\n",
        "boards/mine.yaml:6:9: error: entry 1 of iommus names &remoteproc_cdsp0, which is not an IOMMU: "
        "it has no #iommu-cells [malformed-specifier]\n"
        "    /soc@0/remoteproc@30000000: iommus   (build/mine/lemans-el2.dtso:20:2)\n"
        "    help: an entry is <&smmu stream-id mask> for an SMMU with two cells, <&smmu stream-id> "
        "with one; lemans has <&apps_smmu 0x3000 0x0> here: boards/lemans.yaml:37\n",
    ),
    "an unknown label": (
        "streams:\n  remoteproc_cdsp9:\n    iommus: [[apps_smmu, 0x3000, 0x0]]\n",
        "boards/mine.yaml:4:3: error: the built-in base has no label remoteproc_cdsp9 [unknown-label]\n"
        "    /fragment@5: target   (build/mine/lemans-el2.dtso:31:19)\n"
        "    help: did you mean remoteproc_cdsp1, remoteproc_cdsp0 or remoteproc_adsp?\n",
    ),
    "an unknown key": (
        "steams: {}\n",
        "boards/mine.yaml:3:1: error: unknown key steams [board-format]\n    help: did you mean streams?\n",
    ),
    "a tab": (
        "streams:\n\tremoteproc_adsp: {}\n",
        "boards/mine.yaml:4:1: error: a tab where YAML wants spaces [yaml]\n    help: indent with spaces\n",
    ),
    "a duplicate key": (
        "title: One\ntitle: Two\n",
        "boards/mine.yaml:4:1: error: title is here twice (first in line 3) [yaml]\n    help: keep one of them\n",
    ),
    "a property with a typo": (
        "nodes:\n  - target: remoteproc_adsp\n    properties: {iommu: {cells: [apps_smmu, 0x3000, 0x0]}}\n",
        "boards/mine.yaml:5:25: error: the binding does not know iommu "
        "[remoteproc/qcom,sa8775p-pas.yaml]\n"
        "    /soc@0/remoteproc@30000000: iommu   (build/mine/lemans-el2.dtso:21:2)\n"
        "    help: did you mean iommus?\n",
    ),
    "strings where cells are due": (
        "streams: {remoteproc_adsp: null}\n"
        "nodes:\n  - target: remoteproc_adsp\n    properties: {iommus: [apps_smmu, '0x3000']}\n",
        "boards/mine.yaml:6:26: error: iommus is a string here, and takes references [board-format]\n"
        "    help: write {cells: [apps_smmu, 0x3000]}\n",
    ),
    "a template that is not there": (
        "overlay: {template: mine.j2}\n",
        "boards/mine.yaml:3:21: error: there is no template mine.j2 [template]\n"
        "    help: looked for in templates or templates\n",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_each_mistake_has_one_message_at_the_users_line(build: Build, case: str) -> None:
    description, expected = WRONG[case]
    result = build(description)
    assert _told(result) == expected
    assert result.errors == 1


TEMPLATES = {
    "an undefined variable": (
        "/dts-v1/;\n{{ nothing.here }}\n",
        "templates/mine.j2:2: error: 'nothing' is undefined [template]\n"
        "    help: a template sees `board` and `targets`\n",
    ),
    "what the sandbox forbids": (
        "/dts-v1/;\n\n{{ board.__class__.__mro__ }}\n",
        "templates/mine.j2:3: error: the sandbox forbids it: access to attribute '__class__' of 'Board' object "
        "is unsafe. [template]\n    help: templates format values and do nothing else\n",
    ),
    "more than 4 MiB": (
        "{% for i in range(60000) %}" + "x" * 100 + "{% endfor %}",
        "templates/mine.j2:1: error: it writes more than 4 MiB [template]\n"
        "    help: an overlay has some hundred lines: look for a loop inside of a loop\n",
    ),
    "a source that dtc refuses": (
        "/dts-v1/;\n/plugin/;\n{% for target in targets[:2] %}\n{{ target | reference }} {\n}\n{% endfor %}\n",
        "boards/lemans.yaml:LINE: error: syntax error [dtc]\n"
        "    lemans-el2.dtso:5:1: &iris {\n"
        "    help: `dtgen render mine` prints all of it, from mine.j2\n",
    ),
    "a delete, which does nothing": (
        "/dts-v1/;\n/plugin/;\n&soc {\n\t/delete-node/ gpu@3d00000;\n};\n",
        "build/mine/lemans-el2.dtso:4:2: error: /delete-node/ gpu@3d00000 does nothing in an overlay: "
        "libfdt cannot delete [delete-in-overlay]\n"
        "    build/mine/lemans-el2.dtso:4:2: /delete-node/ gpu@3d00000;\n"
        '    help: disable the node instead: gpu@3d00000 { status = "disabled"; };\n',
    ),
    "two fragments of one name": (
        "/dts-v1/;\n/plugin/;\n/ { fragment@0 { target = <&iris>; __overlay__ { a; }; }; };\n"
        "/ { fragment@0 { target = <&gpu>; __overlay__ { b; }; }; };\n",
        "build/mine/lemans-el2.dtso:3: error: the source has 2 fragments (fragment@0, fragment@0), the blob 1: "
        "dtc merged those of one name [lost-fragment]\n"
        "    build/mine/lemans-el2.dtso:3: / { fragment@0 { target = <&iris>; __overlay__ { a; }; }; };\n"
        "    help: give each another name, or write &label { … };\n",
    ),
    "a source whose template is wrong": (
        "/dts-v1/;\n/plugin/;\n&x { a = <1> };\n",
        "lemans-el2.dtso:3:14: error: syntax error [dtc]\n"
        "    lemans-el2.dtso:3:14: &x { a = <1> };\n"
        "    help: `dtgen render mine` prints all of it, from mine.j2\n",
    ),
}


@pytest.mark.parametrize("case", TEMPLATES)
def test_each_bad_template_has_one_message_and_nothing_is_written(build: Build, case: str) -> None:
    template, expected = TEMPLATES[case]
    Path("templates/mine.j2").write_text(template)
    result = build("overlay: {template: mine.j2}\n")
    line = (ROOT / "boards/lemans.yaml").read_text().splitlines().index("  iris:") + 1
    assert _told(result) == expected.replace("LINE", f"{line}:3")
    assert not Path("build").exists()


def test_a_missing_base_is_an_error_of_the_environment(build: Build) -> None:
    with pytest.raises(ToolError, match=r"^cannot read nope\.dtb: No such file or directory$"):
        build("", Path("nope.dtb"))
    assert not Path("build").exists()


def test_a_truncated_base_is_named(build: Build, compiled: Callable[[str], bytes]) -> None:
    data = compiled("lemans-evk.dts")
    Path("cut.dtb").write_bytes(data[:100_000])
    assert _told(build("", Path("cut.dtb"))) == (
        f"cut.dtb: error: truncated: the header says {len(data)} bytes, the file has 100000 [malformed-blob]\n"
        "    help: build or copy it again\n"
    )
    assert not Path("build").exists()


def test_a_base_for_another_soc_is_refused_and_the_others_are_built(
    build: Build, compiled: Callable[[str], bytes]
) -> None:
    Path("crd.dtb").write_bytes(compiled("x1e80100-crd.dts"))
    Path("evk.dtb").write_bytes(compiled("lemans-evk.dts"))
    result = build("", Path("crd.dtb"), Path("evk.dtb"))
    assert _told(result) == (
        "boards/lemans.yaml:6:13: error: the base is not for qcom,qcs9100 or qcom,sa8775p "
        "[wrong-base]\n"
        "    help: it is for qcom,x1e80100-crd, qcom,x1e80100: give a base of the same SoC, or add its "
        "compatible to the description\n"
    )
    assert [(base.name, base.output) for base in result.bases] == [
        ("crd", None),
        ("evk", "build/mine/evk-el2.dtb"),
    ]
    assert not Path("build/mine/crd-el2.dtb").exists()


def test_an_overlay_is_no_base(build: Build, compiled: Callable[[str], bytes]) -> None:
    Path("lemans-el2.dtbo").write_bytes(compiled("lemans-el2.dtso"))
    assert _told(build("", Path("lemans-el2.dtbo"))) == (
        "lemans-el2.dtbo: error: this is an overlay, not a base [wrong-base]\n    help: give the board's .dtb\n"
    )


def test_a_base_without_labels_is_explained(build: Build, dtb: Callable[[str], bytes]) -> None:
    Path("bare.dtb").write_bytes(dtb('/ { compatible = "qcom,sa8775p"; };'))
    told = _told(build("", Path("bare.dtb"))).splitlines()
    line = (ROOT / "boards/lemans.yaml").read_text().splitlines().index("  gpu_zap_shader:") + 1
    assert told[:3] == [
        f"boards/lemans.yaml:{line}:3: error: bare.dtb has no labels, and gpu_zap_shader could not be placed: "
        "/soc@0/gpu@3d00000/zap-shader does not exist in the base, but does in boards/bases/lemans.dts "
        "[unknown-label]",
        "    /fragment@0: target   (build/mine/lemans-el2.dtso:11:17)",
        "    help: say with --symbols where it is: a blob, a source or a kernel tree with this board",
    ]
    assert len(told) == 8 * 3


def test_an_output_directory_that_cannot_be_made_is_an_error_of_the_environment(
    tmp_path: Path, finder: Finder
) -> None:
    (tmp_path / "file").write_text("kept")
    builder = Builder(finder, None, None, None, lambda what, done, of: None, layout.cache_directory())
    with pytest.raises(ToolError, match=r"^cannot make the directory .*/file/out: Not a directory$"):
        builder.build(BuildRequest("lemans", (), tmp_path / "file/out"))
    assert (tmp_path / "file").read_text() == "kept"


def test_a_missing_dtc_is_an_error_with_the_remedy(
    build: Build, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError) as caught:
        build("")
    assert (str(caught.value), caught.value.remedy) == (
        "dtc was not found",
        "install it (Debian: apt-get install device-tree-compiler) or set DTC to its path",
    )


def test_two_builds_are_equal_to_the_byte(build: Build) -> None:
    build("title: Mine\n")
    first = {file.name: file.read_bytes() for file in Path("build/mine").iterdir()}
    shutil.rmtree("build")
    build("title: Mine\n")
    assert {file.name: file.read_bytes() for file in Path("build/mine").iterdir()} == first


DEVMEM = "legacy:\n  devmem:\n    remoteproc_adsp:\n      regions:\n        - [0x110000, 0x110000, 0x4000, FLAGS]\n"


def test_the_legacy_profile_is_clean_and_labelled(build: Build) -> None:
    result = build(DEVMEM.replace("FLAGS", "0x1"))
    assert result.all_diagnostics == ()
    assert result.notes == (
        "mine asks for the legacy profile: qcom,devmem was proposed in October 2024 and dropped; "
        "no released kernel reads it",
    )


def test_devmem_outside_of_the_legacy_profile_is_an_error(build: Build) -> None:
    value = "{cells: [0x110000, 0x110000, 0x4000, 0x1]}"
    result = build(f"nodes:\n  - target: remoteproc_adsp\n    properties:\n      qcom,devmem: {value}\n")
    assert _told(result) == (
        "boards/mine.yaml:6:20: error: the binding does not know qcom,devmem "
        "[remoteproc/qcom,sa8775p-pas.yaml]\n"
        "    /soc@0/remoteproc@30000000: qcom,devmem   (build/mine/lemans-el2.dtso:21:2)\n"
    )


def test_bindings_older_than_iommus_are_helped_out(build: Build, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(layout.builtin_bindings(), old)
    common = old / "remoteproc/qcom,pas-common.yaml"
    lines = common.read_text().splitlines(keepends=True)
    start = lines.index("  iommus:\n")
    stop = next(
        i for i in range(start + 1, len(lines)) if lines[i].startswith("  ") and lines[i][2] not in " \n#"
    )
    common.write_text("".join(lines[:start] + lines[stop:]))

    result = build("", bindings=old)

    assert result.all_diagnostics == ()
    assert result.notes == (
        "old/remoteproc/qcom,pas-common.yaml does not know `iommus` (it is older than v7.0); "
        "dtgen's own stands in for it",
    )


def test_what_the_base_says_itself_is_counted_and_not_told(
    build: Build, compiled: Callable[[str], bytes], tmp_path: Path
) -> None:
    """A base whose adsp lacks a required property keeps that error, and the overlay did not cause it."""
    import libfdt

    fdt = libfdt.Fdt(compiled("lemans-evk.dts"))
    fdt.delprop(fdt.path_offset("/soc@0/remoteproc@30000000"), "clock-names")
    Path("evk.dtb").write_bytes(bytes(fdt.as_bytearray()))
    result = build("", Path("evk.dtb"))
    assert result.all_diagnostics == ()
    (pre_existing,) = [d for d in result.bases[0].assessment.pre_existing if d.clause and not d.follows]
    assert pre_existing.message == "the required property clock-names is missing"


def _severities(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    return [diagnostic.severity.value for diagnostic in diagnostics]


def test_boards_that_a_kernel_tree_lacks_are_warnings(tmp_path: Path, finder: Finder) -> None:
    sources = tmp_path / "linux/arch/arm64/boot/dts/qcom"
    sources.mkdir(parents=True)
    lean = ROOT / "boards/bases/lemans.dts"
    shutil.copy(lean, sources / "lemans-evk.dts")
    tree = layout.KernelTree.at(tmp_path / "linux")
    builder = Builder(
        finder, tree, layout.builtin_bindings(), None, lambda what, done, of: None, layout.cache_directory()
    )
    result = builder.build(BuildRequest("lemans", (), tmp_path / "out"))
    assert [(base.name, base.applied) for base in result.bases] == [
        ("lemans-evk", True),
        ("qcs9100-ride", False),
        ("qcs9100-ride-r3", False),
    ]
    assert _severities(result.all_diagnostics) == ["warning", "warning"]
    (sources / "lemans-evk.dts").unlink()
    result = builder.build(BuildRequest("lemans", (), tmp_path / "out"))
    assert _severities(result.all_diagnostics) == ["error"] * 3


def test_an_output_never_overwrites_a_base(build: Build, compiled: Callable[[str], bytes]) -> None:
    Path("evk.dtb").write_bytes(compiled("lemans-evk.dts"))
    build("title: Mine\n", Path("evk.dtb"))
    merged = Path("build/mine/evk-el2.dtb")
    before = merged.read_bytes()
    with pytest.raises(ToolError, match=r"^the output build/mine/evk-el2\.dtb is one of the inputs$"):
        build("title: Mine\n", Path("evk.dtb"), merged)
    assert merged.read_bytes() == before


def test_a_merged_blob_of_an_earlier_build_is_named(build: Build, compiled: Callable[[str], bytes]) -> None:
    Path("evk.dtb").write_bytes(compiled("lemans-evk.dts"))
    build("title: Mine\n", Path("evk.dtb"))
    result = build("disable: {nothing: {why: a test}}\n", Path("evk.dtb"))
    assert result.bases[0].notes == ("build/mine/evk-el2.dtb is of an earlier build and was left there",)


def test_a_base_that_cannot_be_decoded_does_not_stop_the_others(build: Build) -> None:
    import libfdt

    source = (ROOT / "boards/bases/lemans.dts").read_bytes()
    data = compiler.compile_base(source, "lemans.dts", compiler.find_dtc()).required()
    fdt = libfdt.Fdt(data)
    fdt.resize(len(data) + 64)
    fdt.setprop(fdt.path_offset("/soc@0"), "#address-cells", bytes(8))
    Path("odd.dtb").write_bytes(bytes(fdt.as_bytearray()))
    Path("evk.dtb").write_bytes(data)
    result = build("title: Mine\n", Path("odd.dtb"), Path("evk.dtb"))
    assert [base.applied for base in result.bases] == [True, True]


def test_too_many_entries_are_the_overlays_even_where_the_base_had_too_many(
    build: Build, compiled: Callable[[str], bytes]
) -> None:
    import libfdt

    data = compiled("lemans-evk.dts")
    fdt = libfdt.Fdt(data)
    fdt.resize(len(data) + 256)
    smmu = fdt.get_phandle(fdt.path_offset("/soc@0/iommu@15000000"))
    two = b"".join(cell.to_bytes(4, "big") for cell in (smmu, 0x3100, 0, smmu, 0x3200, 0))
    fdt.setprop(fdt.path_offset("/soc@0/remoteproc@30000000"), "iommus", two)
    Path("evk.dtb").write_bytes(bytes(fdt.as_bytearray()))
    result = build(
        STREAMS + "      - [apps_smmu, 0x3000, 0x0]\n      - [apps_smmu, 0x3020, 0x0]\n", Path("evk.dtb")
    )
    assert _told(result) == WRONG["two entries"][1]


def test_a_malformed_entry_is_the_overlays_even_where_the_base_had_the_same(
    build: Build, compiled: Callable[[str], bytes]
) -> None:
    import libfdt

    fdt = libfdt.Fdt(compiled("lemans-evk.dts"))
    fdt.resize(len(compiled("lemans-evk.dts")) + 256)
    smmu = fdt.get_phandle(fdt.path_offset("/soc@0/iommu@15000000"))
    short = b"".join(cell.to_bytes(4, "big") for cell in (smmu, 0x3001))
    fdt.setprop(fdt.path_offset("/soc@0/remoteproc@30000000"), "iommus", short)
    Path("evk.dtb").write_bytes(bytes(fdt.as_bytearray()))
    result = build(STREAMS + "      - [apps_smmu, 0x3000]\n", Path("evk.dtb"))
    assert _told(result) == WRONG["a cell too few"][1]


def test_that_a_wrong_stream_differs_from_those_of_others_follows(build: Build) -> None:
    result = build(STREAMS + "      - [apps_smmu, 0x3001, 0x0]\n    source: measured\n")
    assert [(d.rule, d.follows) for d in result.diagnostics] == [("contradictory-source", True)]
    result = build(STREAMS + "      - [apps_smmu, 0x3020, 0x0]\n    source: measured\n")
    assert [(d.rule, d.follows) for d in result.diagnostics] == [("contradictory-source", False)]


def test_the_example_of_every_shape_is_clean(tmp_path: Path, compiled: Callable[[str], bytes]) -> None:
    (tmp_path / "boards").mkdir()
    shutil.copy(ROOT / "docs/example-board.yaml", tmp_path / "boards")
    (tmp_path / "evk.dtb").write_bytes(compiled("lemans-evk.dts"))
    finder = Finder.from_directory(tmp_path)
    builder = Builder(finder, None, None, None, lambda what, done, of: None, layout.cache_directory())
    result = builder.build(BuildRequest("example-board", (tmp_path / "evk.dtb",), tmp_path / "out"))
    assert [d.rule for d in serious(result.all_diagnostics)] == ["media/qcom,sm8550-iris.yaml"]
    assert result.errors == 0


ON_MINE = """\
name: camera
title: Camera
on: mine
overlay: {name: mine-camera, suffix: el2-camera, license: MIT, summary: S}
nodes: [{target: trace_mem, properties: {no-map: true}}]
"""


def test_what_goes_on_another_description_is_applied_after_it(build: Build) -> None:
    build(
        "nodes:\n"
        "  - target: /reserved-memory\n"
        "    children: {trace@ae000000: {label: trace_mem, properties: {reg: {cells: [0, 0xae000000, 0, 0x1000]}}}}\n"
    )
    Path("boards/camera.yaml").write_text(ON_MINE)
    builder = Builder(
        Finder.from_directory(Path.cwd()), None, None, None, lambda *_: None, layout.cache_directory()
    )
    result = builder.build(BuildRequest("camera"))
    assert result.all_diagnostics == ()
    (base,) = result.bases
    assert (base.name, base.output) == ("lemans-lean", "build/camera/lemans-lean-el2-camera.dtb")
    assert [(change.path, change.property) for change in base.changes] == [
        ("/reserved-memory/trace@ae000000", "no-map")
    ]
    assert base.assessment.pas_users, "the firmware is that of what is below"


def test_what_is_written_below_already_is_an_error_at_the_descriptions_line(build: Build) -> None:
    build(
        "nodes:\n"
        "  - target: /reserved-memory\n"
        "    children: {trace@ae000000: {label: trace_mem, properties: {reg: {cells: [0, 0xae000000, 0, 0x1000]}}}}\n"
    )
    Path("boards/camera.yaml").write_text(
        ON_MINE.replace("no-map: true", "reg: {cells: [0, 0xae000000, 0, 0x2000]}")
    )
    builder = Builder(
        Finder.from_directory(Path.cwd()), None, None, None, lambda *_: None, layout.cache_directory()
    )
    result = builder.build(BuildRequest("camera"))
    assert result.errors == 1
    assert _told(result) == (
        "boards/camera.yaml:5:47: error: reg of &trace_mem is <0x0 0xae000000 0x0 0x1000> in "
        "lemans-el2.dtbo and <0x0 0xae000000 0x0 0x2000> in mine-camera.dtbo, which would win "
        "[overwritten-property]\n"
        "    /reserved-memory/trace@ae000000: reg   (build/camera/mine-camera.dtso:10:2)\n"
        "    help: write it in one of them; the kernel refuses such a pair at run time\n"
    )


def test_what_loaders_trip_over_is_said_at_the_descriptions_line(build: Build) -> None:
    result = build(
        "nodes:\n"
        "  - target: /soc@0\n"
        "    children:\n"
        "      remoteproc@30000000:\n"
        "        label: again\n"
        "        properties: {firmware-name: x.mbn}\n"
    )
    assert _told(result) == (
        "boards/mine.yaml:6:7: warning: &remoteproc_adsp has a phandle in the base: "
        "libfdt before 1.7.1 renumbers the node [phandle-overwrite]\n"
        "    /soc@0/remoteproc@30000000: phandle   (build/mine/lemans-el2.dtso:12:29)\n"
        "    help: take the label off the node in the overlay and use the base's\n"
    )
    builder = Builder(
        Finder.from_directory(Path.cwd()),
        None,
        None,
        None,
        lambda *_: None,
        layout.cache_directory(),
        {"phandle-overwrite": None},
    )
    assert builder.build(BuildRequest("mine")).all_diagnostics == ()


def test_what_is_wrong_below_is_shown_in_its_own_lines(build: Build) -> None:
    build("nodes: [{target: missing, properties: {x: 1}}]\n")
    Path("boards/camera.yaml").write_text(ON_MINE)
    builder = Builder(
        Finder.from_directory(Path.cwd()), None, None, None, lambda *_: None, layout.cache_directory()
    )
    result = builder.build(BuildRequest("camera"))
    assert _told(result).splitlines()[0] == (
        "boards/mine.yaml:3:9: error: the built-in base has no label missing [unknown-label]"
    )


def test_a_compatible_with_a_letter_too_few_is_guessed(
    build: Build, compiled: Callable[[str], bytes]
) -> None:
    Path("evk.dtb").write_bytes(compiled("lemans-evk.dts"))
    help = (
        "it is for qcom,lemans-evk, qcom,qcs9100, qcom,sa8775p: give a base of the same SoC, or add its "
        "compatible to the description"
    )
    for written, told in (
        ("qcom,sa875p", "did you mean qcom,sa8775p?"),
        ("qcom,sa8776p", help),
    ):
        (found,) = build(f'compatible: ["{written}"]\n', Path("evk.dtb")).all_diagnostics
        assert (found.rule, found.help) == ("wrong-base", told)
