"""What is found before there is a merged tree: a defect of each kind on a board of the kernel, to the letter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import libfdt
import pytest
from corpus import ROOT

from dtgen import rules
from dtgen.checks.given import Reader
from dtgen.commands import apply as application
from dtgen.commands.build import Builder, BuildRequest
from dtgen.devicetree import blob
from dtgen.project import layout
from dtgen.project.layout import Finder
from dtgen.report import text
from dtgen.report.style import Style

VERBOSE = Style(verbosity=1)
ADSP = "/soc@0/remoteproc@30000000"
ZAP = "/soc@0/gpu@3d00000/zap-shader"
OWN_TEMPLATE = "overlay: {template: mine.j2}\n"


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of the test's own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "boards").mkdir()
    (tmp_path / "templates").mkdir()
    return tmp_path


@pytest.fixture
def told(compiled: Callable[[str], bytes], dtbo: Callable[[str], bytes]) -> Callable[..., str]:
    """What is told of overlays on a board: texts after `/plugin/;`, blobs, or names of the kernel's."""

    def apply(board: str | bytes, *overlays: str | bytes) -> str:
        base = Path("board.dtb" if isinstance(board, bytes) else f"{board}.dtb")
        base.write_bytes(board if isinstance(board, bytes) else compiled(f"{board}.dts"))
        files = [Path(f"{number}.dtbo") for number, _ in enumerate(overlays, 1)]
        for file, overlay in zip(files, overlays, strict=True):
            data = overlay if isinstance(overlay, bytes) else None
            if data is None:
                data = compiled(overlay) if overlay.endswith(".dtso") else dtbo(overlay)
            file.write_bytes(data)
        request = application.ApplyRequest(base, tuple(files), Reader(Path("cache")))
        result = application.apply(request, Path("out.dtb"), Finder.from_directory(Path.cwd()), {})
        return text.diagnostics(result.diagnostics, VERBOSE)

    return apply


@pytest.fixture
def built(compiled: Callable[[str], bytes]) -> Callable[..., str]:
    """What is told of a description that extends lemans, on `lemans-evk`."""

    def build(description: str, template: str = "") -> str:
        Path("evk.dtb").write_bytes(compiled("lemans-evk.dts"))
        Path("templates/mine.j2").write_text(f"/dts-v1/;\n/plugin/;\n{template}")
        Path("boards/mine.yaml").write_text(f"name: mine\nextends: lemans\n{description}")
        finder = Finder.from_directory(Path.cwd())
        builder = Builder(finder, None, None, None, lambda *_: None, layout.cache_directory())
        result = builder.build(BuildRequest("mine", (Path("evk.dtb"),)))
        return text.diagnostics(result.all_diagnostics, VERBOSE)

    return build


def test_unknown_label(told: Callable[..., str]) -> None:
    """Chromebooks delete the zap shader: their firmware leaves secure mode to Linux."""
    assert told("sc7180-idp", "sc7180-el2.dtso") == (
        "1.dtbo: error: the base has no label gpu_zap_shader [unknown-label]\n"
        "    /fragment@0: target\n"
        "    help: look for the node's label in the base's sources; a board may have deleted the node\n"
    )


def test_another_soc(told: Callable[..., str]) -> None:
    soc, why, *labels = told("qcs615-ride", "lemans-el2.dtso").splitlines()
    assert (soc, why) == (
        "1.dtbo: error: 5 of 8 labels unknown: this overlay is for another SoC [another-soc]",
        "    help: base qcs615-ride.dtb is for qcom,qcs615-ride, qcom,qcs615, qcom,sm6150; the overlay is for "
        "one that it does not name",
    )
    assert [line.partition(" has ")[2] for line in labels if "error" in line] == [
        f"no label {label} [unknown-label]"
        for label in (
            "iris",
            "remoteproc_cdsp0",
            "remoteproc_cdsp1",
            "remoteproc_gpdsp0",
            "remoteproc_gpdsp1",
        )
    ]


def test_already_applied(told: Callable[..., str]) -> None:
    assert told("sc7180-acer-aspire1", "sc7180-el2.dtso", "sc7180-el2.dtso") == (
        "2.dtbo: info: sc7180-acer-aspire1.dtb with the overlay has all of it already: nothing changes "
        "[already-applied]\n"
    )


def test_no_overlay(told: Callable[..., str], compiled: Callable[[str], bytes]) -> None:
    assert told("lemans-evk", compiled("lemans-evk.dts")) == (
        "1.dtbo: error: this is a base (of qcom,lemans-evk, qcom,qcs9100, qcom,sa8775p), not an overlay "
        "[no-overlay]\n"
        "    help: the order is: base, overlay, overlay, …\n"
    )


def test_fragment_target(told: Callable[..., str]) -> None:
    assert told("lemans-evk", '&{/soc@0/gpu@3d00001} { status = "disabled"; };') == (
        "1.dtbo: error: the base has no node /soc@0/gpu@3d00001 [fragment-target]\n"
        "    /fragment@0: target-path\n"
        "    help: /soc@0 exists; did you mean its child gpu@3d00000?\n"
    )


def test_overwritten_property(told: Callable[..., str]) -> None:
    second = "&remoteproc_adsp { iommus = <&apps_smmu 0x3020 0x0>; };"
    assert told("lemans-evk", "lemans-el2.dtso", second) == (
        "2.dtbo: error: iommus of &remoteproc_adsp is <&apps_smmu 0x3000 0x0> in 1.dtbo and "
        "<&apps_smmu 0x3020 0x0> in 2.dtbo, which would win [overwritten-property]\n"
        f"    {ADSP}: iommus\n"
        "    help: write it in one of them; the kernel refuses such a pair at run time\n"
    )


def test_phandle_overwrite(told: Callable[..., str]) -> None:
    overlay = '&{/soc@0} { adsp: remoteproc@30000000 { status = "disabled"; }; };'
    assert told("lemans-evk", overlay) == (
        "1.dtbo: warning: &remoteproc_adsp has a phandle in the base: libfdt before 1.7.1 renumbers the node "
        "[phandle-overwrite]\n"
        f"    {ADSP}: phandle\n"
        "    help: take the label off the node in the overlay and use the base's\n"
    )


def test_stale_label(told: Callable[..., str], compiled: Callable[[str], bytes]) -> None:
    board = libfdt.Fdt(compiled("lemans-evk.dts"))
    board.del_node(board.path_offset(ZAP))
    assert told(bytes(board.as_bytearray()), "lemans-el2.dtso") == (
        f"1.dtbo: error: the label gpu_zap_shader of base board.dtb is of {ZAP}, and there is no such node "
        "[stale-label]\n"
        "    /fragment@0: target\n"
        "    help: the base is damaged: compile it again\n"
    )


def test_bad_phandle(told: Callable[..., str], compiled: Callable[[str], bytes]) -> None:
    board = libfdt.Fdt(compiled("lemans-evk.dts"))
    board.delprop(board.path_offset("/soc@0/video-codec@aa00000"), "phandle")
    assert told(bytes(board.as_bytearray()), "lemans-el2.dtso") == (
        "1.dtbo: error: /soc@0/video-codec@aa00000 of base board.dtb has the label iris, but no phandle "
        "[bad-phandle]\n"
        "    /fragment@1: target\n"
        "    help: compile the base again with dtc -@, which gives every labelled node one\n"
    )


def test_sibling_match(told: Callable[..., str], compiled: Callable[[str], bytes]) -> None:
    board = libfdt.Fdt(compiled("lemans-evk.dts"))
    board.resize(board.totalsize() + 1024)
    for phandle, name in ((0xFFFE, "widget"), (0xFFFF, "widget@1")):  # each is put before the others
        board.setprop_u32(board.add_subnode(board.path_offset("/soc@0"), name), "phandle", phandle)
    board.setprop_str(board.path_offset("/__symbols__"), "mine", "/soc@0/widget")
    assert told(bytes(board.as_bytearray()), '&mine { status = "disabled"; };') == (
        "1.dtbo: error: the label mine is for /soc@0/widget of the base, and libfdt takes it for "
        "/soc@0/widget@1, which comes first [sibling-match]\n"
        "    /fragment@0: target\n"
        "    help: give /soc@0/widget a unit address in the base, or put it before /soc@0/widget@1\n"
    )


def test_bad_fixup(told: Callable[..., str], compiled: Callable[[str], bytes]) -> None:
    overlay = libfdt.Fdt(compiled("lemans-el2.dtso"))
    fixups = overlay.path_offset("/__fixups__")
    place = overlay.getprop(fixups, "iris").as_str()
    overlay.setprop_str(fixups, "iris", place.replace(":target:0", ":target:4"))
    assert told("lemans-evk", bytes(overlay.as_bytearray())) == (
        "1.dtbo: error: a fixup is for byte 0x4 of target, and there is no such cell [bad-fixup]\n"
        "    /fragment@1: target\n"
        "    help: compile the overlay again with dtc -@\n"
    )


def test_missing_source(built: Callable[..., str]) -> None:
    """The source of what it extends is where another value is from."""
    assert built("streams: {remoteproc_adsp: {iommus: [[apps_smmu, 0x3000, 0x0]]}}\n") == (
        "boards/mine.yaml:3:38: info: iommus of remoteproc_adsp has no source [missing-source]\n"
        "    help: say in `source:` where the value is from: a commit, a document, a vendor tree\n"
    )


def test_conflicting_streams(built: Callable[..., str]) -> None:
    lemans = (ROOT / "boards/lemans.yaml").read_text().splitlines()
    line = lemans.index("      - [apps_smmu, 0x3000, 0x0]") + 1
    stream = "{iommus: [[apps_smmu, 0x3020, 0x0]]}"
    assert built(f"streams: {{remoteproc_adsp: {stream}}}\n") == (
        "boards/mine.yaml:3:38: info: iommus of remoteproc_adsp has no source [missing-source]\n"
        "    help: say in `source:` where the value is from: a commit, a document, a vendor tree\n"
        "boards/mine.yaml:3:38: warning: iommus of remoteproc_adsp is <&apps_smmu 0x3020 0x0> (without a source), and "
        "<&apps_smmu 0x3000 0x0> (Linux v7.1, arch/arm64/boot/dts/qcom/lemans-el2.dtso) in lemans "
        "[conflicting-streams]\n"
        f"    also remoteproc_adsp: iommus   ({ROOT}/boards/lemans.yaml:{line}:9)\n"
        "    help: vendors disagree on stream IDs: see which of the sources is about your firmware\n"
    )


def test_contradictory_source(built: Callable[..., str]) -> None:
    lemans = (ROOT / "boards/lemans.yaml").read_text().splitlines()
    line = lemans.index("      - [apps_smmu, 0x3000, 0x0]") + 1
    stream = "{iommus: [[apps_smmu, 0x3020, 0x0]], source: measured}"
    assert built(f"streams: {{remoteproc_adsp: {stream}}}\n") == (
        "boards/mine.yaml:3:38: info: iommus of remoteproc_adsp is <&apps_smmu 0x3020 0x0> (measured), and "
        "<&apps_smmu 0x3000 0x0> (Linux v7.1, arch/arm64/boot/dts/qcom/lemans-el2.dtso) in lemans "
        "[contradictory-source]\n"
        f"    also remoteproc_adsp: iommus   ({ROOT}/boards/lemans.yaml:{line}:9)\n"
        "    help: vendors disagree on stream IDs: see which of the sources is about your firmware\n"
    )


def test_unused_allow(built: Callable[..., str]) -> None:
    assert built("allow: [{rule: attach-overlap, at: remoteproc_adsp, why: it has none}]\n") == (
        "boards/mine.yaml:3:16: warning: attach-overlap is allowed at remoteproc_adsp, but nothing "
        "is found there [unused-allow]\n"
        "    help: remove the entry, or build for the bases that it is for\n"
    )


def test_vain_removal(built: Callable[..., str]) -> None:
    assert built("streams: {remoteproc_gpdsp7: null}\n") == (
        "boards/mine.yaml:3:11: warning: remoteproc_gpdsp7 has no value: that removes an inherited entry, "
        "but lemans has none in streams [vain-removal]\n    help: did you mean remoteproc_gpdsp1?\n"
    )


def test_delete_in_overlay(built: Callable[..., str]) -> None:
    assert built(OWN_TEMPLATE, "&gpu {\n\t/delete-node/ zap-shader;\n};\n") == (
        "build/mine/lemans-el2.dtso:4:2: error: /delete-node/ zap-shader does nothing in an overlay: libfdt "
        "cannot delete [delete-in-overlay]\n"
        "    build/mine/lemans-el2.dtso:4:2: /delete-node/ zap-shader;\n"
        '    help: disable the node instead: zap-shader { status = "disabled"; };\n'
    )


def test_lost_fragment(built: Callable[..., str]) -> None:
    fragment = '/ {{ fragment@0 {{ target = <&{}>; __overlay__ {{ status = "disabled"; }}; }}; }};\n'
    assert built(OWN_TEMPLATE, fragment.format("gpu_zap_shader") + fragment.format("iris")) == (
        "build/mine/lemans-el2.dtso:3: error: the source has 2 fragments (fragment@0, fragment@0), the blob 1: "
        "dtc merged those of one name [lost-fragment]\n"
        "    build/mine/lemans-el2.dtso:3: / { fragment@0 { target = <&gpu_zap_shader>; __overlay__ "
        '{ status = "disabled"; }; }; };\n'
        "    help: give each another name, or write &label { … };\n"
    )


def test_added_label(told: Callable[..., str]) -> None:
    assert told("lemans-evk", '&{/} { __symbols__ { my_adsp = "/soc@0/remoteproc@30000000"; }; };') == (
        "1.dtbo: info: the overlay adds 1 label to the base by hand: my_adsp (/soc@0/remoteproc@30000000) "
        "[added-label]\n    /fragment@0/__overlay__/__symbols__\n"
    )


def test_firmware_only(told: Callable[..., str]) -> None:
    assert told("lemans-evk", "&iris { x; }; / { __overrides__ { x = <0>; }; };") == (
        "1.dtbo: info: parameters and dormant fragments are of Raspberry Pi firmware, libfdt ignores them "
        "[firmware-only]\n    /__overrides__\n"
    )


def test_lost_node(told: Callable[..., str]) -> None:
    assert told("lemans-evk", "&iris { x; }; / { mine: regulator { }; };") == (
        "1.dtbo: warning: &mine is in no fragment, and an overlay does not merge it [lost-node]\n"
        "    /regulator\n    help: write &{/} { … }; in the place of / { … };\n"
    )


def test_dangling_reference(told: Callable[..., str]) -> None:
    assert told("lemans-evk", "&usb_0_hsphy { vdda-pll-supply = <&mine>; }; / { mine: regulator { }; };") == (
        "1.dtbo: error: &mine is in no fragment, and an overlay does not merge it: vdda-pll-supply of "
        "&usb_0_hsphy refers to it, and no node has the phandle 0x289 [dangling-reference]\n"
        "    /regulator\n    also /soc@0/phy@88e4000: vdda-pll-supply   (1.dtbo)\n"
        "    help: write &{/} { … }; in the place of / { … };\n"
    )


def test_repeated_property(told: Callable[..., str]) -> None:
    overlay = "&remoteproc_adsp { iommus = <&apps_smmu 0x3000 0x0>; };\n"
    assert told("lemans-evk", overlay + overlay.replace("0x3000", "0x3010")) == (
        "1.dtbo: warning: iommus of &remoteproc_adsp is written twice in this overlay, and the last one wins; "
        "the kernel refuses such an overlay at run time [repeated-property]\n"
        f"    {ADSP}: iommus\n    also /fragment@0/__overlay__: iommus   (1.dtbo)\n    help: write it once\n"
    )


def test_foreign_compatible(told: Callable[..., str]) -> None:
    overlay = '/ { compatible = "qcom,monaco-evk", "qcom,monaco"; }; &remoteproc_adsp { x; };'
    assert told("lemans-evk", overlay) == (
        "1.dtbo: warning: the overlay is for qcom,monaco-evk or qcom,monaco, and base lemans-evk.dtb is for "
        "qcom,lemans-evk, qcom,qcs9100, qcom,sa8775p [foreign-compatible]\n"
        "    help: give a base that it is for, or add this one's compatible to the overlay's\n"
    )


def test_label_clash(told: Callable[..., str]) -> None:
    overlay = "&{/} { remoteproc_adsp: regulator-example { }; };"
    assert told("lemans-evk", overlay) == (
        f"1.dtbo: warning: the label remoteproc_adsp is the base's, of {ADSP}, and now names /regulator-example: "
        "overlays that are applied later go there [label-clash]\n"
        "    /regulator-example\n    help: give the node another label\n"
    )


@pytest.mark.parametrize(
    ("overlay", "message", "path"),
    [
        ("&{/aliases} { x0 = &con; }; &{/soc@0} { con: s@1 { }; };", "x0 of /aliases", "/soc@0/s@1"),
        (
            "&{/chosen} { stdout-path = &con; }; &{/soc@0} { con: s@1 { }; };",
            "stdout-path of /chosen",
            "/soc@0/s@1",
        ),
    ],
)
def test_overlay_path(told: Callable[..., str], overlay: str, message: str, path: str) -> None:
    assert told("lemans-evk", overlay) == (
        f'1.dtbo: warning: {message} will be "/fragment@1/__overlay__/s@1", a path that exists in the overlay '
        "alone: &label as a text is that [overlay-path]\n"
        f"    {message.split()[2]}: {message.split(maxsplit=1)[0]}\n" + f'    help: write "{path}"\n'
    )


def test_numbered_phandle(told: Callable[..., str], compiled: Callable[[str], bytes]) -> None:
    tree = blob.read(compiled("lemans-evk.dts"), "lemans-evk.dtb")
    number = tree.nodes[tree.symbols["apps_smmu"]].cell("phandle")
    assert told("lemans-evk", f"&remoteproc_adsp {{ iommus = <{number:#x} 0x3000 0x0>; }};") == (
        f"1.dtbo: warning: {number:#x} in iommus of &remoteproc_adsp is a phandle written as a number, that of "
        f"&apps_smmu in this base alone [numbered-phandle]\n    {ADSP}: iommus\n    help: write &apps_smmu\n"
    )


def test_ignored_target_path(told: Callable[..., str]) -> None:
    body = '__overlay__ { firmware-name = "x.mbn"; };'
    assert told(
        "lemans-evk", f'/ {{ f {{ target = <&remoteproc_adsp>; target-path = "/soc@0"; {body} }}; }};'
    ) == (
        "1.dtbo: warning: target-path /soc@0 is ignored: the fragment has a target [ignored-target-path]\n"
        "    /f: target-path\n    help: remove one of the two\n"
    )


def test_wrong_unit_address(told: Callable[..., str]) -> None:
    assert told(
        "lemans-evk", "&{/reserved-memory} { mine@a0000000 { reg = <0x0 0xa1000000 0x0 0x1000>; }; };"
    ) == (
        "1.dtbo: warning: the unit address of /reserved-memory/mine@a0000000 is a0000000, and its reg begins at "
        "0xa1000000 [wrong-unit-address]\n    /reserved-memory/mine@a0000000\n"
        "    help: write mine@a1000000, or correct reg\n"
    )


def test_each_of_them_is_here() -> None:
    """Those of files, of tables, of repositories and of imports have their real overlays in tests of their own."""
    of_files = (rules.READING, rules.IMPORT, rules.REVIEW, rules.REPOSITORY, rules.MERGED, rules.DELIVERY)
    ids = {rule.id for stage in rules.STAGES if stage not in of_files for rule in stage.rules}
    assert {f"test_{name.replace('-', '_')}" for name in ids} <= globals().keys()
