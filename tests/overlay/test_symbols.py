"""Bases without `__symbols__`: where their labels come from, in which order, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from running import dtgen

from dtgen.devicetree import blob, diff
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Node
from dtgen.diagnostics import Subject
from dtgen.dts import compiler
from dtgen.overlay import symbols
from dtgen.overlay.base import Base
from dtgen.project.layout import KernelTree

ROOT = Path(__file__).resolve().parents[2]

BASE = """
/ {
    compatible = "v,board", "v,soc";
    #address-cells = <1>; #size-cells = <1>;
    smmu: iommu@10 { compatible = "v,smmu"; reg = <0x10 1>; #iommu-cells = <2>; };
    dsp: dsp@20 { compatible = "v,dsp-b", "v,dsp"; reg = <0x20 1>; iommus = <&smmu 1 2>; };
    other: other@30 { compatible = "v,other"; reg = <0x30 1>; };
};
"""
OVERLAY = "&dsp { iommus = <&smmu 0x3000 0>; };"
SAY_WHERE = "help: say with --symbols where it is: a blob, a source or a kernel tree with this board"


@pytest.fixture
def run(tmp_path: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]):
    """Run `dtgen apply board.dtb o.dtbo -o out.dtb …` where board.dtb has no symbols and full.dtb has."""
    (tmp_path / "full.dtb").write_bytes(dtb(BASE))
    (tmp_path / "board.dtb").write_bytes(blob.without_symbols(dtb(BASE)))
    (tmp_path / "o.dtbo").write_bytes(dtbo(OVERLAY))

    def execute(*options: str, base: str = "board.dtb") -> tuple[int, str, str]:
        done = dtgen("apply", base, "o.dtbo", "-o", "out.dtb", *options, cwd=tmp_path)
        return done.returncode, done.stdout, done.stderr

    return execute


def ordered(node: Node) -> object:
    """Names, values and order, without the symbols."""
    values = [(prop.name, prop.value) for prop in node.properties.values()]
    children = [ordered(child) for child in node.children.values() if child.path != "/__symbols__"]
    return node.name, values, children


def taken(source: str) -> str:
    """What is told of a success, with where the labels were found."""
    return f"""\
board.dtb + o.dtbo: applied, 1 change
  &dsp  /dsp@20
    ~ iommus = <&smmu 0x1 0x2> → <&smmu 0x3000 0x0>
note: board.dtb lacks labels: dsp, smmu are taken from {source}
wrote out.dtb
"""


def as_with_symbols(directory: Path) -> None:
    """The output is what the base with symbols gives, minus these."""
    overlay = (directory / "o.dtbo").read_bytes()
    merged = blob.read((directory / "out.dtb").read_bytes(), "out")
    expected = blob.read(blob.apply((directory / "full.dtb").read_bytes(), overlay), "expected")
    assert not merged.symbols
    assert ordered(merged.root) == ordered(expected.root)


def refused(told: tuple[int, str, str], directory: Path, *reasons: str) -> None:
    """Each of the reasons is told, and nothing is written."""
    code, text, errors = told
    assert (code, errors) == (1, "")
    lines = [line for line in text.splitlines() if not line.startswith("    ")]
    assert lines == [
        *(f"o.dtbo: error: board.dtb has no labels, and {reason} [unknown-label]" for reason in reasons),
        "board.dtb + o.dtbo: not applied, nothing written",
    ]
    assert text.count(SAY_WHERE) == len(reasons)
    assert not (directory / "out.dtb").exists()


# --symbols with a blob


def test_a_sibling_blob(run, tmp_path: Path) -> None:
    assert run("--symbols", "full.dtb") == (0, taken("full.dtb"), "")
    as_with_symbols(tmp_path)


def test_keep_symbols_keeps_those_that_were_used(run, tmp_path: Path) -> None:
    assert run("--symbols", "full.dtb", "--keep-symbols")[0] == 0
    merged = blob.read((tmp_path / "out.dtb").read_bytes(), "out")
    assert merged.symbols == {"dsp": "/dsp@20", "smmu": "/iommu@10"}


def test_symbols_that_an_overlay_adds_go_too(run, tmp_path: Path, dtbo: Callable[[str], bytes]) -> None:
    (tmp_path / "o.dtbo").write_bytes(dtbo("&dsp { inner: inner { next = <&inner>; }; };"))
    assert run("--symbols", "full.dtb")[0] == 0
    as_with_symbols(tmp_path)


@pytest.mark.parametrize("output", ["board.dtb", "full.dtb"])
def test_an_input_is_not_the_output(run, tmp_path: Path, output: str) -> None:
    before = (tmp_path / output).read_bytes()
    code, _, error = run("--symbols", "full.dtb", "-o", output)
    assert (code, error.splitlines()[0]) == (2, f"dtgen: error: the output {output} is one of the inputs")
    assert (tmp_path / output).read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            '"v,dsp-b", "v,dsp"', '"w,dsp"',
            "dsp could not be placed: /dsp@20 is v,dsp-b in the base, w,dsp in other.dtb",
        ),
        (
            'compatible = "v,dsp-b", "v,dsp";', "",
            "dsp could not be placed: /dsp@20 is v,dsp-b in the base, without compatible in other.dtb",
        ),
        (
            "reg = <0x20 1>", "reg = <0x20 2>",
            "dsp could not be placed: /dsp@20 has another reg in the base than in other.dtb",
        ),
        (
            "dsp: dsp@20 {", "dsp: dsp@21 {",
            "dsp could not be placed: /dsp@21 does not exist in the base, but does in other.dtb",
        ),
        ("dsp: ", "dsq: ", "dsp could not be placed: other.dtb does not have it"),
    ],
)  # fmt: skip
def test_a_node_that_disagrees_is_refused_and_nothing_is_written(
    run, tmp_path: Path, dtb: Callable[[str], bytes], old: str, new: str, reason: str
) -> None:
    assert old in BASE
    (tmp_path / "other.dtb").write_bytes(dtb(BASE.replace(old, new)))
    refused(run("--symbols", "other.dtb"), tmp_path, reason)


def test_all_that_could_not_be_placed_is_told(run, tmp_path: Path, dtb: Callable[[str], bytes]) -> None:
    (tmp_path / "other.dtb").write_bytes(dtb("/ { other: other { }; };"))
    refused(
        run("--symbols", "other.dtb"),
        tmp_path,
        "dsp could not be placed: other.dtb does not have it",
        "smmu could not be placed: other.dtb does not have it",
    )


def test_one_compatible_in_common_is_enough(run, tmp_path: Path, dtb: Callable[[str], bytes]) -> None:
    (tmp_path / "other.dtb").write_bytes(dtb(BASE.replace('"v,dsp-b", "v,dsp"', '"v,dsp-c", "v,dsp"')))
    assert run("--symbols", "other.dtb") == (0, taken("other.dtb"), "")
    as_with_symbols(tmp_path)


def test_a_blob_that_has_no_symbols_either(run, tmp_path: Path) -> None:
    assert run("--symbols", "board.dtb") == (
        2,
        "",
        "dtgen: error: board.dtb has no labels (no __symbols__) either\n"
        "    help: give one that was compiled with dtc -@\n",
    )
    assert not (tmp_path / "out.dtb").exists()


def test_a_damaged_blob(run, tmp_path: Path) -> None:
    (tmp_path / "cut.dtb").write_bytes((tmp_path / "full.dtb").read_bytes()[:60])
    size = (tmp_path / "full.dtb").stat().st_size
    assert run("--symbols", "cut.dtb") == (
        1,
        f"cut.dtb: error: truncated: the header says {size} bytes, the file has 60 [malformed-blob]\n"
        "    help: build or copy it again\nboard.dtb + o.dtbo: not applied, nothing written\n",
        "",
    )


def test_a_blob_whose_label_is_of_no_node(run, tmp_path: Path) -> None:
    damaged = blob.with_symbols((tmp_path / "full.dtb").read_bytes(), {"dsp": "/gone@20"})
    (tmp_path / "stale.dtb").write_bytes(damaged)
    code, told, errors = run("--symbols", "stale.dtb")
    assert (code, errors) == (1, "")
    assert "o.dtbo: error: board.dtb has no labels, and dsp could not be placed: " in told
    assert not (tmp_path / "out.dtb").exists()


def test_a_base_that_was_compiled_without_symbols(run, tmp_path: Path) -> None:
    """As distributions ship them: a node that nothing refers to has no phandle, either."""
    options = ("-q", "-O", "dtb")
    compiled = compiler._dtc(compiler.find_dtc(), options, f"/dts-v1/;\n{BASE}", "board.dts")
    assert compiled.blob is not None
    base = blob.read(compiled.blob, "board")
    assert (base.nodes["/dsp@20"].cell("phandle"), base.symbols) == (None, {})
    (tmp_path / "board.dtb").write_bytes(compiled.blob)
    code, told, _ = run("--symbols", "full.dtb")
    assert (code, told) == (0, taken("full.dtb"))
    overlay = (tmp_path / "o.dtbo").read_bytes()
    expected = blob.read(blob.apply((tmp_path / "full.dtb").read_bytes(), overlay), "expected")
    merged = blob.read((tmp_path / "out.dtb").read_bytes(), "out")
    assert list(diff.changes(expected, merged)) == []
    assert not merged.symbols


# a base that has symbols


def test_a_base_with_symbols_needs_nothing_else(run, tmp_path: Path) -> None:
    code, told, _ = run("--symbols", "full.dtb", base="full.dtb")
    assert code == 0
    assert "note:" not in told
    assert blob.read((tmp_path / "out.dtb").read_bytes(), "").symbols


def test_a_label_that_such_a_base_lacks_is_taken_where_it_is_said(
    run, tmp_path: Path, dtb: Callable[[str], bytes]
) -> None:
    some = blob.without_properties(dtb(BASE), [Subject("/__symbols__", "dsp")])
    (tmp_path / "some.dtb").write_bytes(some)
    code, told, _ = run("--symbols", "full.dtb", base="some.dtb")
    assert code == 0
    assert "note: some.dtb lacks labels: dsp is taken from full.dtb\n" in told


@pytest.mark.parametrize(
    ("option", "message"),
    [("--symbols", "cannot read none: No such file or directory"), ("-I", "there is no directory none")],
)
def test_what_is_named_must_be_there_though_it_is_not_needed(run, option: str, message: str) -> None:
    code, _, error = run(option, "none", base="full.dtb")
    assert (code, error) == (2, f"dtgen: error: {message}\n")


# --symbols with a source


def test_a_source_outside_of_a_kernel_tree(run, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources/soc.dtsi").write_text(f"/dts-v1/;\n{BASE}")
    (tmp_path / "sources/b.dts").write_text('#include "soc.dtsi"\n/ { model = "m"; };\n')
    assert run("--symbols", "sources/b.dts") == (0, taken("sources/b.dts"), "")
    as_with_symbols(tmp_path)


def test_a_source_that_does_not_compile(run, tmp_path: Path) -> None:
    (tmp_path / "b.dts").write_text("/dts-v1/;\n/ { a = <; };\n")
    code, told, errors = run("--symbols", "b.dts")
    assert (code, errors) == (1, "")
    assert told.startswith("b.dts:2:")
    assert "error: syntax error [dtc]\n" in told
    assert not (tmp_path / "out.dtb").exists()


def test_a_source_that_includes_what_is_not_there(run, tmp_path: Path) -> None:
    (tmp_path / "b.dts").write_text('#include "none.dtsi"\n')
    code, told, errors = run("--symbols", "b.dts")
    assert (code, errors) == (1, "")
    assert "none.dtsi: No such file or directory" in told
    assert told.endswith("board.dtb + o.dtbo: not applied, nothing written\n")
    assert not (tmp_path / "out.dtb").exists()


SOC = BASE.replace("reg = <0x20 1>", "reg = <DSP 1>")


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    """A kernel tree with include/dt-bindings and no board as yet."""
    tree = tmp_path / "linux"
    (tree / "include/dt-bindings").mkdir(parents=True)
    (tree / "include/dt-bindings/dsp.h").write_text("#define DSP 0x20\n")
    (tree / "arch/arm64/boot/dts/v").mkdir(parents=True)
    return tree


def add_board(kernel: Path, name: str, text: str = SOC) -> str:
    """Its file, as a person calls it."""
    file = kernel / f"arch/arm64/boot/dts/v/{name}.dts"
    file.write_text(f"#include <dt-bindings/dsp.h>\n/dts-v1/;\n{text}")
    return str(file.relative_to(kernel.parent))


def test_a_source_in_a_kernel_tree_finds_its_headers(run, tmp_path: Path, kernel: Path) -> None:
    file = add_board(kernel, "b")
    assert run("--symbols", file) == (0, taken(file), "")
    as_with_symbols(tmp_path)


# --symbols with a kernel tree


def test_a_kernel_tree_has_the_board_by_its_name(run, tmp_path: Path, kernel: Path) -> None:
    file = add_board(kernel, "board")
    add_board(kernel, "a-board-of-that-compatible")
    assert run("--symbols", "linux") == (0, taken(file), "")
    as_with_symbols(tmp_path)


def test_a_kernel_tree_has_the_board_by_its_compatible(run, tmp_path: Path, kernel: Path) -> None:
    add_board(kernel, "a", SOC.replace('"v,board", ', '"v,another", '))
    file = add_board(kernel, "b")
    assert run("--symbols", "linux") == (0, taken(file), "")
    as_with_symbols(tmp_path)


def test_a_board_of_the_name_whose_compatible_is_another_is_not_taken(
    run, tmp_path: Path, kernel: Path
) -> None:
    add_board(kernel, "board", SOC.replace('"v,board", ', '"v,another", '))
    file = add_board(kernel, "b")
    assert run("--symbols", "linux") == (0, taken(file), "")


def test_a_kernel_tree_without_the_board(run, tmp_path: Path, kernel: Path) -> None:
    add_board(kernel, "board", SOC.replace('"v,board", ', '"v,another", '))
    add_board(kernel, "b", SOC.replace('"v,soc"', '"v,other-soc"'))
    assert run("--symbols", "linux") == (
        2,
        "",
        "dtgen: error: linux has no board board with the compatible v,board, v,soc\n"
        "    help: give the board's source or a blob with symbols instead\n",
    )
    assert not (tmp_path / "out.dtb").exists()


@pytest.mark.parametrize(
    "broken",
    [
        "/ { a = <; };",
        '#include "none.dtsi"\n',
    ],
)
def test_a_broken_board_of_the_name_does_not_hide_a_sound_one(
    run, tmp_path: Path, kernel: Path, broken: str
) -> None:
    add_board(kernel, "board", f'/* "v,board" */\n{broken}')
    file = add_board(kernel, "b")
    assert run("--symbols", "linux") == (0, taken(file), "")


def test_a_node_of_the_kernels_that_disagrees(run, tmp_path: Path, kernel: Path) -> None:
    file = add_board(kernel, "board", SOC.replace("DSP 1", "DSP 2"))
    refused(
        run("--symbols", "linux"),
        tmp_path,
        f"dsp could not be placed: /dsp@20 has another reg in the base than in {file}",
    )


def test_a_directory_that_is_no_kernel_tree(run, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    code, told, errors = run("--symbols", "d")
    assert (code, told) == (2, "")
    assert errors.startswith("dtgen: error: d is not a kernel tree: ")


# the table of a description, and the built-in base

BOARD = """\
name: mine
title: Mine
compatible: [{compatible}]
firmware: {{pas_at_el2: false}}
overlay:
  name: mine-el2
  suffix: el2
  license: BSD-2-Clause
  summary: A test.
disable: {{dsp: {{why: a test}}}}
"""
TABLE = """\
labels:
  dsp: {path: /dsp@20, compatible: ["v,dsp"], reg: [0x20, 1]}
  smmu: {path: /iommu@10, compatible: ["v,smmu"], reg: [0x10, 1]}
"""


@pytest.fixture
def project(tmp_path: Path):
    """Make the directory a project with a board `mine`, a table of labels and a built-in base."""

    def make(table: str = "", lean: str = "", compatible: str = '"v,board"') -> None:
        (tmp_path / "boards/bases").mkdir(parents=True)
        (tmp_path / "boards/mine.yaml").write_text(BOARD.format(compatible=compatible) + table)
        if lean:
            (tmp_path / "boards/bases/mine.dts").write_text(f"/dts-v1/;\n{lean}")

    return make


def test_the_table_of_a_description(run, project, tmp_path: Path) -> None:
    project(TABLE)
    assert run() == (0, taken("the labels of mine"), "")
    as_with_symbols(tmp_path)


def test_the_built_in_base(run, project, tmp_path: Path) -> None:
    project(lean=BASE)
    assert run() == (0, taken("boards/bases/mine.dts"), "")
    as_with_symbols(tmp_path)


def test_a_description_for_another_board_is_not_asked(run, project, tmp_path: Path) -> None:
    project(TABLE, BASE, '"v,another"')
    nowhere = "could not be placed: there is no tree to look it up in"
    refused(run(), tmp_path, f"dsp {nowhere}", f"smmu {nowhere}")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"v,dsp"', '"w,dsp"', "/dsp@20 is v,dsp-b in the base, w,dsp in the labels of mine"),
        ("0x20, 1", "0x20, 2", "/dsp@20 has another reg in the base than in the labels of mine"),
        ("/dsp@20", "/dsp@21", "/dsp@21 does not exist in the base, but does in the labels of mine"),
    ],
)
def test_a_table_that_disagrees(run, project, tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in TABLE
    project(TABLE.replace(old, new))
    refused(run(), tmp_path, f"dsp could not be placed: {reason}")


def test_what_was_given_comes_first_then_the_table_then_the_built_in_base(
    run, project, tmp_path: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]
) -> None:
    (tmp_path / "o.dtbo").write_bytes(dtbo("&dsp { iommus = <&smmu 3 0>; o = <&other>; };"))
    (tmp_path / "given.dtb").write_bytes(
        dtb(BASE.replace("smmu: ", "s: ").replace("&smmu", "&s").replace("other: ", ""))
    )
    project(TABLE, BASE)
    code, told, _ = run("--symbols", "given.dtb")
    assert code == 0
    assert [line for line in told.splitlines() if line.startswith("note: ")] == [
        "note: board.dtb lacks labels: dsp is taken from given.dtb",
        "note: board.dtb lacks labels: smmu is taken from the labels of mine",
        "note: board.dtb lacks labels: other is taken from boards/bases/mine.dts",
    ]
    as_with_symbols(tmp_path)


def test_one_source_that_disagrees_leaves_it_to_the_next(
    run, project, tmp_path: Path, dtb: Callable[[str], bytes]
) -> None:
    (tmp_path / "given.dtb").write_bytes(dtb(BASE.replace("reg = <0x20 1>", "reg = <0x20 2>")))
    project(lean=BASE)
    code, told, _ = run("--symbols", "given.dtb")
    assert code == 0
    assert "note: board.dtb lacks labels: dsp is taken from boards/bases/mine.dts\n" in told
    assert "note: board.dtb lacks labels: smmu is taken from given.dtb\n" in told
    as_with_symbols(tmp_path)


def test_what_every_source_says_is_told(run, project, tmp_path: Path, dtb: Callable[[str], bytes]) -> None:
    (tmp_path / "given.dtb").write_bytes(dtb(BASE.replace("reg = <0x20 1>", "reg = <0x20 2>")))
    project(TABLE.replace('"v,dsp"', '"w,dsp"'), BASE.replace("dsp: ", ""))
    refused(
        run("--symbols", "given.dtb"),
        tmp_path,
        "dsp could not be placed: /dsp@20 has another reg in the base than in given.dtb; "
        "/dsp@20 is v,dsp-b in the base, w,dsp in the labels of mine; boards/bases/mine.dts does not have it",
    )


def test_a_base_with_some_symbols_lacks_the_others_for_a_reason(
    run, project, tmp_path: Path, dtb: Callable[[str], bytes]
) -> None:
    project(TABLE, BASE)
    (tmp_path / "some.dtb").write_bytes(dtb(BASE.replace("dsp: ", "")))
    code, told, _ = run(base="some.dtb")
    assert code == 1
    assert "o.dtbo: error: the base has no label dsp [unknown-label]" in told


def test_build_takes_them_too_and_writes_none(run, project, tmp_path: Path) -> None:
    project(TABLE)
    done = dtgen("build", "mine", "--base", "board.dtb", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "  note: board.dtb lacks labels: dsp is taken from the labels of mine\n" in done.stdout
    merged = blob.read((tmp_path / "build/mine/board-el2.dtb").read_bytes(), "merged")
    assert (merged.symbols, merged.nodes["/dsp@20"].status) == ({}, "disabled")


@pytest.mark.parametrize("source", ['#include "none.dtsi"\n', '/dts-v1/;\n/ { compatible = "v,b"; };\n'])
def test_only_the_boards_own_source_says_why_a_label_is_unknown(
    tmp_path: Path, dtb: Callable[[str], bytes], overlay: Callable[[str], Overlay], source: str
) -> None:
    """Neither a source that cannot be read, nor another board that deletes the node, is the reason."""
    directory = tmp_path / "linux/arch/arm64/boot/dts/v"
    directory.mkdir(parents=True)
    (directory / "board.dts").write_text(source)
    (directory / "other.dts").write_text('/ { compatible = "v,b"; };\n/delete-node/ &gpu;\n')
    data = dtb('/ { compatible = "v,b"; };')
    base = Base("board", data, blob.read(data, "board.dtb"))
    beside = symbols.Labelled(base, (), {}, False).beside(KernelTree.at(tmp_path / "linux"))
    assert beside(overlay("&gpu { };"), base.tree).deletion("gpu") is None


def test_the_built_in_base_deletes_nothing_and_needs_no_cpp(tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/mine.yaml").write_text("name: mine\nextends: lemans\ndisable: {irs: {}}\n")
    done = dtgen("build", "mine", cwd=tmp_path, CPP="/nonexistent/cpp")
    assert (done.returncode, done.stderr) == (1, "")
    assert "has no label irs [unknown-label]" in done.stdout
