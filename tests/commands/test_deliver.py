"""`dtgen deliver`: the texts to the character, the images for their tools, and all or nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen import report
from dtgen.commands import deliver
from dtgen.commands.build import Builder
from dtgen.commands.deliver import FORMATS, DeliverRequest
from dtgen.delivery import fit, vfat
from dtgen.delivery.table import Form
from dtgen.devicetree import blob
from dtgen.diagnostics import Severity
from dtgen.errors import ToolError
from dtgen.project import layout
from dtgen.project.layout import Finder, KernelTree
from dtgen.report.style import Style
from dtgen.results import DeliverResult

METADATA = "/ { soc { qcs9075 { }; }; board { iot { }; }; };"
TEXTS = {
    "Makefile": (
        "lemans-evk-el2-dtbs := lemans-evk.dtb lemans-el2.dtbo\n"
        "\n"
        "dtb-$(CONFIG_ARCH_QCOM)\t+= lemans-evk-el2.dtb\n"
    ),
    "fit-dtb-compatible.inc": (
        'FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "lemans-evk lemans-el2"\n'
        'FIT_DTB_COMPATIBLE[qcom_qcs9075-iot-el2gh] = "lemans-evk"\n'
        'LINUX_QCOM_KERNEL_DEVICETREE:append = " qcom/lemans-el2.dtbo"\n'
    ),
    "extlinux/extlinux.conf": (
        "default lemans-evk-el2\n"
        "timeout 30\n"
        "\n"
        "label lemans-evk-el2\n"
        "\tkernel /Image\n"
        "\tinitrd /initrd.img\n"
        "\tfdt /dtb/qcom/lemans-evk.dtb\n"
        "\tfdtoverlays /dtb/qcom/lemans-el2.dtbo\n"
        "\tappend console=ttyMSM0,115200n8\n"
    ),
    "loader/entries/lemans-evk-el2.conf": (
        "title Linux at EL2 (lemans-evk)\n"
        "linux /Image\n"
        "initrd /initrd.img\n"
        "devicetree /dtb/qcom/lemans-evk-el2.dtb\n"
        "options console=ttyMSM0,115200n8\n"
    ),
    "grub.cfg": (
        "menuentry 'Linux at EL2 (lemans-evk)' {\n"
        "\tlinux /Image console=ttyMSM0,115200n8\n"
        "\tinitrd /initrd.img\n"
        "\tdevicetree /dtb/qcom/lemans-evk-el2.dtb\n"
        "}\n"
    ),
    "lemans-evk-el2.uki.conf": (
        "[UKI]\n"
        "Linux=Image\n"
        "Initrd=initrd.img\n"
        "Cmdline=console=ttyMSM0,115200n8\n"
        "DeviceTree=dtb/qcom/lemans-evk-el2.dtb\n"
    ),
}


def _deliver(
    formats: tuple[str, ...],
    output: Path,
    base: Path,
    board: str = "lemans",
    metadata: Path | None = None,
    kernel: KernelTree | None = None,
) -> DeliverResult:
    builder = Builder(
        Finder.from_directory(output),
        kernel,
        None,
        None,
        lambda what, done, of: None,
        layout.cache_directory(),
    )
    return deliver.deliver(builder, DeliverRequest(board, formats, output, (base,), metadata))


@pytest.fixture(scope="session")
def evk(compiled: Callable[[str], bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bases") / "lemans-evk.dtb"
    file.write_bytes(compiled("lemans-evk.dts"))
    return file


@pytest.fixture(scope="module")
def out(evk: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that needs no kernel tree, of lemans on lemans-evk."""
    directory = tmp_path_factory.mktemp("out")
    metadata = evk.with_name("qcom-metadata.dts")
    metadata.write_text(f"/dts-v1/;\n{METADATA}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DTGEN_CACHE", str(tmp_path_factory.getbasetemp().parent / "dtgen/cache"))
        formats = tuple(name for name in FORMATS if name != "patch")
        result = _deliver(formats, directory, evk, metadata=metadata)
        assert not result.errors
        assert [d.rule for file in result.check.files for d in file.diagnostics] == ["unset-address"]
        assert json.loads(report.FORMATS["json"].delivery(result, Style()))["written"] == [*result.written]
        assert {Path(file).name for file in result.written} == {f.name for f in directory.rglob("*.*")} | {
            "Makefile"
        }
    return directory


@pytest.mark.parametrize("name", TEXTS)
def test_lemans_on_lemans_evk_to_the_character(out: Path, name: str) -> None:
    assert (out / name).read_text() == TEXTS[name]


def test_the_blobs_are_the_base_the_overlay_and_what_is_made_of_them(out: Path, evk: Path) -> None:
    places = out / "dtb/qcom"
    base, overlay = evk.read_bytes(), (places / "lemans-el2.dtbo").read_bytes()
    assert (places / "lemans-evk.dtb").read_bytes() == base
    assert (places / "lemans-evk-el2.dtb").read_bytes() == blob.apply(base, overlay)


def test_qualcomms_image_has_both_worlds_and_the_metadata_first(out: Path) -> None:
    table = fit.read((out / "qclinux_fit.img").read_bytes(), "qclinux_fit.img")
    assert table.form is Form.QCOM
    assert list(table.images) == ["fdt-qcom-metadata.dtb", "fdt-lemans-evk.dtb", "fdt-lemans-el2.dtbo"]
    assert [(c.compatible, [p.name for p in c.pieces]) for c in table.configurations] == [
        ("qcom,qcs9075-iot", ["fdt-lemans-evk.dtb", "fdt-lemans-el2.dtbo"]),
        ("qcom,qcs9075-iot-el2gh", ["fdt-lemans-evk.dtb"]),
    ]


@pytest.mark.skipif(bool(vfat.missing()), reason="dosfstools or mtools is not installed")
def test_the_partition_is_sound_and_holds_the_image(out: Path, tmp_path: Path) -> None:
    partition, copy = out / "dtb.bin", tmp_path / "copy"
    assert partition.stat().st_size == vfat.SIZE
    subprocess.run(["/usr/sbin/fsck.vfat", "-n", partition], check=True, capture_output=True)
    subprocess.run(["mcopy", "-i", partition, "::/qclinux_fit.img", copy], check=True)
    assert copy.read_bytes() == (out / "qclinux_fit.img").read_bytes()
    assert vfat.image("qclinux_fit.img", copy.read_bytes()) == partition.read_bytes()


def test_without_the_tools_the_image_alone_is_written(
    evk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vfat, "_found", lambda tool: None)
    metadata = tmp_path / "qcom-metadata.dts"
    metadata.write_text(f"/dts-v1/;\n{METADATA}\n")
    result = _deliver(("qcom",), tmp_path / "out", evk, metadata=metadata)
    assert result.notes == ("dtb.bin was not made: mkfs.vfat and mcopy are not installed",)
    assert (tmp_path / "out/qclinux_fit.img").exists()
    assert not (tmp_path / "out/dtb.bin").exists()


@pytest.mark.skipif(shutil.which("mkimage") is None, reason="u-boot-tools is not installed")
def test_mkimage_makes_of_the_source_what_the_image_is(out: Path, tmp_path: Path) -> None:
    made = tmp_path / "made.itb"
    subprocess.run(["mkimage", "-f", "lemans.its", "-E", made], cwd=out, check=True, capture_output=True)
    theirs = fit.read(made.read_bytes(), "x")
    ours = fit.read((out / "lemans.itb").read_bytes(), "x")
    assert [(i.name, i.data, i.load) for i in theirs.images.values()] == [
        (i.name, i.data, i.load) for i in ours.images.values()
    ]
    assert theirs.configurations == ours.configurations


def test_where_u_boot_may_load_the_base_it_gets_the_overlay(evk: Path, tmp_path: Path) -> None:
    board = tmp_path / "mine.yaml"
    board.write_text("name: mine\nextends: lemans\ndeliver: {load: 0x4a000000}\n")
    result = _deliver(("its", "fit"), tmp_path / "out", evk, str(board))
    assert not result.errors
    table = fit.read((tmp_path / "out/mine.itb").read_bytes(), "x")
    assert {name: image.load for name, image in table.images.items()} == {
        "fdt-lemans-evk.dtb": 0x4A000000,
        "fdt-lemans-el2.dtbo": None,
    }
    assert "load = <0x4a000000>;" in (tmp_path / "out/mine.its").read_text()


@pytest.mark.parametrize(
    ("deliver_key", "rule"),
    [
        ('{suffix: {el2: "", gunyah: ""}}', "duplicate-compatible"),
        ('{suffix: {el2: el2gh, gunyah: ""}}', "contradictory-name"),
        ("{compatible: null}", "board-format"),
    ],
)
def test_of_what_is_wrong_nothing_is_written(evk: Path, tmp_path: Path, deliver_key: str, rule: str) -> None:
    board = tmp_path / "mine.yaml"
    board.write_text(f"name: mine\nextends: lemans\ndeliver: {deliver_key}\n")
    result = _deliver(("makefile", "yocto"), tmp_path / "out", evk, str(board))
    assert rule in {d.rule for file in result.check.files for d in file.diagnostics}
    assert (bool(result.errors), result.written) == (True, ())
    assert not (tmp_path / "out").exists()


def test_on_a_base_that_the_overlay_does_not_fit_nothing_is_written(
    dtb: Callable[[str], bytes], tmp_path: Path
) -> None:
    base = tmp_path / "lemans-evk.dtb"
    base.write_bytes(dtb('/ { compatible = "qcom,qcs9100"; };'))
    result = _deliver(("makefile",), tmp_path / "out", base)
    assert result.errors
    assert not (tmp_path / "out").exists()


def test_metadata_are_the_firmwares_and_have_to_be_given(evk: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="qcom needs the blob of qcom-metadata"):
        _deliver(("qcom",), tmp_path / "out", evk)
    assert not (tmp_path / "out").exists()


def test_a_project_may_have_texts_of_its_own(evk: Path, tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    (tmp_path / "templates/deliver").mkdir(parents=True)
    text = "{% for entry in entries %}label {{ entry.merged | plain }}\n fdt /m/{{ entry.merged | plain }}.dtb\n{% endfor %}"
    (tmp_path / "templates/deliver/extlinux.j2").write_text(text)
    result = _deliver(("extlinux",), tmp_path / "out", evk)
    assert not result.errors
    conf = (tmp_path / "out/extlinux/extlinux.conf").read_text()
    assert conf == "label lemans-evk-el2\n fdt /m/lemans-evk-el2.dtb\n"


def test_bases_without_a_compatible_are_left_out_and_said(evk: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.dtb"
    other.write_bytes(evk.read_bytes())
    builder = Builder(
        Finder.from_directory(tmp_path),
        None,
        None,
        None,
        lambda what, done, of: None,
        layout.cache_directory(),
    )
    result = deliver.deliver(builder, DeliverRequest("lemans", ("yocto",), tmp_path / "out", (evk, other)))
    assert result.notes == ("not in yocto, since deliver.compatible does not name them: other",)
    assert (tmp_path / "out/fit-dtb-compatible.inc").read_text() == TEXTS["fit-dtb-compatible.inc"]


def _around(tmp_path: Path, key: str) -> Path:
    board = tmp_path / "mine.yaml"
    board.write_text(
        f"name: mine\nextends: lemans\nbases: [qcom/lemans-evk.dts]\ndeliver: {{around: {key}}}\n"
    )
    return board


def test_other_overlays_stand_before_and_behind_ours(evk: Path, corpus: KernelTree, tmp_path: Path) -> None:
    camera = "qcom/lemans-evk-camera-csi1-imx577.dtso"
    board = _around(tmp_path, f"{{lemans-evk: {{before: [{camera}]}}}}")
    result = _deliver(("yocto", "bls"), tmp_path / "out", evk, str(board), kernel=corpus)
    assert not result.errors
    assert [tree.against for file in result.check.files[1:] for tree in file.trees] == [
        "lemans-evk + lemans-evk-camera-csi1-imx577 + lemans-el2",
        "lemans-evk + lemans-evk-camera-csi1-imx577",
    ]
    first, *_ = (tmp_path / "out/fit-dtb-compatible.inc").read_text().splitlines()
    assert first == (
        'FIT_DTB_COMPATIBLE[qcom_qcs9075-iot] = "lemans-evk lemans-evk-camera-csi1-imx577 lemans-el2"'
    )
    places = tmp_path / "out/dtb/qcom"
    stack = [f"lemans-{name}.dtbo" for name in ("evk-camera-csi1-imx577", "el2")]
    data = evk.read_bytes()
    for name in stack:
        data = blob.apply(data, (places / name).read_bytes())
    assert (places / "lemans-evk-el2.dtb").read_bytes() == data


def test_what_another_overlay_introduces_stops_it(evk: Path, corpus: KernelTree, tmp_path: Path) -> None:
    board = _around(tmp_path, "{lemans-evk: {after: [qcom/lemans-evk-ifp-mezzanine.dtso]}}")
    result = _deliver(("yocto",), tmp_path / "out", evk, str(board), kernel=corpus)
    rules = {
        d.rule for file in result.check.files for d in file.all_diagnostics if d.severity is Severity.ERROR
    }
    assert rules == {"pci/toshiba,tc9563.yaml"}
    assert result.written == ()


def _kernel(directory: Path, makefile: bytes) -> KernelTree:
    sources = directory / "arch/arm64/boot/dts/qcom"
    sources.mkdir(parents=True)
    (sources / "Makefile").write_bytes(makefile)
    return KernelTree.at(directory)


LATIN_1 = b"# f\xfcr EL2\ndtb-$(CONFIG_ARCH_QCOM)\t+= lemans-evk.dtb\n# f\xfcr alle\n"


def test_a_makefile_that_is_no_utf_8_keeps_its_bytes_in_a_patch(evk: Path, tmp_path: Path) -> None:
    kernel = _kernel(tmp_path / "linux", LATIN_1)
    result = _deliver(("patch",), tmp_path / "out", evk, kernel=kernel)
    assert not result.errors
    (change,) = (tmp_path / "out").glob("0002-*.patch")
    assert b"\n # f\xfcr EL2\n" in change.read_bytes()
    assert b"\n # f\xfcr alle\n" in change.read_bytes()
