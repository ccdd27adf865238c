"""`dtgen check` of tables: real ones with the defects that are known of them, and small ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus import CORPUS, absent

from dtgen.commands import check
from dtgen.commands.check_bases import Options
from dtgen.delivery import fit
from dtgen.delivery.table import Configuration, Image, Piece
from dtgen.diagnostics import Diagnostic, Location, Severity
from dtgen.project import layout
from dtgen.project.layout import KernelTree
from dtgen.results import FileResult

TABLES = CORPUS.parent / "delivery/tables"
FILES = (
    "fit-dtb-compatible.inc",
    "fit-dtb-compatible-linux-qcom.inc",
    "qcom-fitimage.its",
    "qcom-next-fitimage.its",
)
YOCTO, LINUX_QCOM, SMALL, LARGE = FILES

Results = dict[str, FileResult]


def _checked(paths: list[Path], options: Options) -> Results:
    found = check.check(paths, options, layout.cache_directory(), lambda what, done, of: None)
    assert found.diagnostics == ()
    return {Path(file.file).name: file for file in found.files}


def _lines(result: FileResult, rule: str) -> list[int | None]:
    return [d.location.line for d in result.diagnostics if d.rule == rule]


def test_real_tables_have_the_defects_that_are_known_and_no_other_error(
    tmp_path: Path, corpus: KernelTree
) -> None:
    """All in one, since it takes seconds; copies, so that nothing else lies beside them."""
    if not TABLES.is_dir():
        absent(str(TABLES))
    for name in (*FILES, "qcom-metadata.dts"):
        shutil.copy(TABLES / name, tmp_path / name)
    real = _checked([tmp_path / name for name in FILES], Options(kernel=corpus.root))

    errors = [
        (name, d.location.line, d.location.column, d.message)
        for name, result in real.items()
        for d in result.diagnostics
        if d.severity is Severity.ERROR
    ]
    message = "qcom,qcs615-iot-el2gh-camx-staging says Gunyah (el2gh), and its stack has talos-el2"
    assert errors == [(LINUX_QCOM, 182, 31, message)]

    # its counterpart, and sixteen more
    lines = [49, 51, 53, 55, 64, 66, 74, 76, 140, 141, 142, 143, 144, 145, 146, 148, 177]
    assert {name: _lines(real[name], "plain-name") for name in FILES} == {
        YOCTO: [], LINUX_QCOM: lines, SMALL: [], LARGE: []
    }  # fmt: skip

    # the shortest is the latest in the FIT sources alone
    assert {name: _lines(real[name], "shortest-compatible") for name in FILES} == {
        YOCTO: [56, 59], LINUX_QCOM: [60, 81], SMALL: [], LARGE: []
    }  # fmt: skip

    # sixteen keys, one of which stands in both files
    assert [len(_lines(real[name], "unknown-suffix")) for name in FILES] == [14, 3, 0, 0]
    assert _lines(real[LINUX_QCOM], "mixed-order") == [37, 136, 138, 153, 160]
    assert _lines(real[LARGE], "unused-image") == [36, 68, 100, 148]
    assert {d.rule for result in real.values() for d in result.diagnostics} == {
        "contradictory-name",
        "missing-piece",
        "mixed-order",
        "plain-name",
        "shortest-compatible",
        "unknown-suffix",
        "unused-image",
    }

    stacks = {
        tree.against.replace("fdt-", "").replace(".dtbo", "").replace(".dtb", ""): tree
        for result in real.values()
        for tree in result.trees
        if tree.against
    }
    assert len(stacks) == 19
    rules = {
        name: {d.rule for d in tree.assessment.introduced if d.severity is Severity.ERROR}
        for name, tree in stacks.items()
    }
    assert {name: found for name, found in rules.items() if found} == {
        "lemans-evk + lemans-evk-ifp-mezzanine": {"pci/toshiba,tc9563.yaml"},
        "monaco-evk + monaco-evk-ifp-mezzanine": {"pci/toshiba,tc9563.yaml"},
        "qcs6490-rb3gen2 + qcs6490-rb3gen2-industrial-mezzanine": {"pci/toshiba,tc9563.yaml"},
    }


BOARD = '/ { compatible = "test,board"; dsp: dsp { }; };'
Compile = Callable[[str], bytes]


def _said(result: FileResult) -> list[str]:
    return [f"{d.location.line}: {d.severity.value}: {d.rule}" for d in result.all_diagnostics]


@pytest.fixture
def boot(tmp_path: Path, dtb: Compile, dtbo: Compile) -> Path:
    """A boot partition with a base and an overlay."""
    (tmp_path / "dtb").mkdir()
    (tmp_path / "dtb/a.dtb").write_bytes(dtb(BOARD))
    (tmp_path / "dtb/el2.dtbo").write_bytes(dtbo('&dsp { status = "disabled"; };'))
    (tmp_path / "dtb/bad.dtbo").write_bytes(dtbo("&gone { x; };"))
    (tmp_path / "extlinux").mkdir()
    return tmp_path


def test_pieces_are_found_in_the_boot_partition(boot: Path) -> None:
    file = boot / "extlinux/extlinux.conf"
    file.write_text(
        "label el2\n  fdt /dtb/a.dtb\n  fdtoverlays /dtb/el2.dtbo\n"
        "label bad\n  fdt /dtb/a.dtb\n  fdtoverlays /dtb/el2.dtbo /dtb/bad.dtbo\n"
    )
    (result,) = _checked([file], Options()).values()
    assert _said(result) == ["3: info: unset-address", "6: error: refused-overlay"]
    (refused,) = (d for d in result.diagnostics if d.rule == "refused-overlay")
    assert refused.message == "/dtb/bad.dtbo cannot be applied in bad: the base has no label gone"
    assert [tree.against for tree in result.trees] == ["a.dtb + el2.dtbo"]


def test_without_a_kernel_it_is_said_what_was_not_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "t.inc"
    file.write_text('FIT_DTB_COMPATIBLE[qcom_a-iot] = "a el2"\nFIT_DTB_COMPATIBLE[qcom_b-iot] = "b"\n')
    (result,) = _checked([file], Options()).values()
    (diagnostic,) = result.diagnostics
    assert diagnostic.message == (
        "2 of 2 configurations were not applied: a.dtb, el2.dtbo, b.dtb are not beside this file"
    )
    assert diagnostic.help == "say with --kernel where the sources are"
    assert len(result.notes) == 1


def test_a_fit_image_is_checked_with_what_it_carries(boot: Path, dtb: Compile) -> None:
    here = Location("x")
    images = [
        Image("fdt-qcom-metadata.dtb", here, "qcom_metadata", None, dtb("/ { soc { a { }; }; };")),
        Image("fdt-a.dtb", here, "flat_dt", None, (boot / "dtb/a.dtb").read_bytes()),
        Image("fdt-el2.dtbo", here, "flat_dt", None, (boot / "dtb/el2.dtbo").read_bytes()),
    ]
    stack = (Piece("fdt-a.dtb", here), Piece("fdt-el2.dtbo", here))
    configurations = [
        Configuration("conf-1", here, stack, "qcom,a"),
        Configuration("conf-2", here, (*stack, Piece("fdt-gone.dtbo", here)), "qcom,a-iot"),
    ]
    file = boot / "qclinux_fit.img"
    file.write_bytes(fit.write("x", images, configurations))
    (result,) = _checked([file], Options()).values()
    found: list[Diagnostic] = list(result.diagnostics)
    assert [(d.rule, d.message) for d in found] == [
        (
            "dangling-image",
            "conf-2 names the image fdt-gone.dtbo, and /images has none of that name",
        ),
        ("unknown-suffix", "iot of qcom,a-iot is no node of qcom-metadata: the firmware never takes it"),
    ]
    assert len(result.trees) == 1


def test_what_is_no_table_of_its_format_is_one_finding(tmp_path: Path) -> None:
    (tmp_path / "a.its").write_text("/dts-v1/; / { images { }; };")
    (tmp_path / "b.its").write_text("/dts-v1/; / { images { }; configurations { }; };")
    found = _checked([tmp_path], Options())
    assert [(name, _said(result)) for name, result in found.items()] == [
        ("a.its", ["1: error: malformed-table"]),
        ("b.its", []),
    ]
