"""`dtgen check` of tables: real ones with the defects that are known of them, and small ones."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from corpus import CORPUS

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


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, corpus: KernelTree) -> Iterator[Results]:
    """Copies, so that nothing of v7.1's bindings is looked for around them."""
    if not TABLES.is_dir():
        pytest.skip(f"there is no {TABLES}")
    directory = tmp_path_factory.mktemp("tables")
    for name in (*FILES, "qcom-metadata.dts"):
        shutil.copy(TABLES / name, directory / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DTGEN_CACHE", str(tmp_path_factory.getbasetemp().parent / "dtgen/cache"))
        yield _checked([directory / name for name in FILES], Options(kernel=corpus.root))


def test_the_one_error_of_the_tables_themselves(real: Results) -> None:
    errors = [
        (name, d.location.line, d.location.column, d.message)
        for name, result in real.items()
        for d in result.diagnostics
        if d.severity is Severity.ERROR
    ]
    message = "qcom,qcs615-iot-el2gh-camx-staging says Gunyah (el2gh), and its stack has talos-el2"
    assert errors == [(LINUX_QCOM, 182, 31, message)]


def test_plain_names_without_their_overlay(real: Results) -> None:
    """The counterpart of the error, and sixteen more."""
    lines = [49, 51, 53, 55, 64, 66, 74, 76, 140, 141, 142, 143, 144, 145, 146, 148, 177]
    assert _lines(real[LINUX_QCOM], "plain-name") == lines
    assert [name for name in FILES if _lines(real[name], "plain-name")] == [LINUX_QCOM]


def test_the_shortest_is_the_latest_in_the_fit_sources_alone(real: Results) -> None:
    found = {name: _lines(real[name], "shortest-compatible") for name in FILES}
    assert found == {YOCTO: [56, 59], LINUX_QCOM: [60, 81], SMALL: [], LARGE: []}


def test_suffixes_that_no_node_stands_for(real: Results) -> None:
    """Sixteen keys; one of them stands in both files."""
    assert [len(_lines(real[name], "unknown-suffix")) for name in FILES] == [14, 3, 0, 0]


def test_orders_unused_images_and_nothing_twice(real: Results) -> None:
    assert _lines(real[LINUX_QCOM], "mixed-order") == [37, 136, 138, 153, 160]
    assert _lines(real[LARGE], "unused-image") == [36, 68, 100, 148]
    rules = Counter(d.rule for result in real.values() for d in result.diagnostics)
    assert set(rules) == {
        "contradictory-name",
        "missing-piece",
        "mixed-order",
        "plain-name",
        "shortest-compatible",
        "unknown-suffix",
        "unused-image",
    }


def test_every_stack_can_be_applied_and_three_have_the_one_error(real: Results) -> None:
    stacks = {
        tree.against.replace("fdt-", "").replace(".dtbo", "").replace(".dtb", ""): tree
        for result in real.values()
        for tree in result.trees
        if tree.against
    }
    assert len(stacks) == 19
    errors = {
        name: {d.rule for d in tree.assessment.introduced if d.severity is Severity.ERROR}
        for name, tree in stacks.items()
    }
    assert {name: rules for name, rules in errors.items() if rules} == {
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
    assert refused.message.startswith("/dtb/bad.dtbo cannot be applied in bad: base ")
    assert refused.message.endswith("dtb/a.dtb with the overlay has no label gone")
    assert [tree.against for tree in result.trees] == ["a.dtb + el2.dtbo"]


def test_without_a_kernel_it_is_said_what_was_not_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "t.inc"
    file.write_text('FIT_DTB_COMPATIBLE[qcom_a-iot] = "a el2"\nFIT_DTB_COMPATIBLE[qcom_b-iot] = "b"\n')
    (result,) = _checked([file], Options()).values()
    (diagnostic,) = result.diagnostics
    assert diagnostic.message == (
        "2 of 2 configurations were not applied: their devicetrees are not beside this file"
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
    (tmp_path / "a.its").write_text("/ { images { }; };")
    (tmp_path / "b.its").write_text("/ { images { }; configurations { }; };")
    found = _checked([tmp_path], Options())
    assert [(name, _said(result)) for name, result in found.items()] == [
        ("a.its", ["1: error: malformed-table"]),
        ("b.its", []),
    ]
