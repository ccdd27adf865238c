"""`dtgen apply` and `dtgen diff` as a person runs them: every word, every exit code, and what is written."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from running import dtgen

from dtgen.checks.given import Reader
from dtgen.commands import apply
from dtgen.devicetree import blob
from dtgen.project.layout import Finder

ROOT = Path(__file__).resolve().parents[2]

BASE = """
/ {
    compatible = "v,board", "v,soc";
    smmu: iommu { #iommu-cells = <2>; };
    soc: soc { dsp: dsp { status = "okay"; iommus = <&smmu 1 2>; }; gpu: gpu { }; };
};
"""
OVERLAY = '&dsp { status = "disabled"; iommus = <&smmu 0x3000 0>; };'
CHANGES = """\
  &dsp  /soc/dsp
    ~ iommus = <&smmu 0x1 0x2> → <&smmu 0x3000 0x0>
    ~ status = "okay" → "disabled"
"""
COMPILE = "help: compile it first: dtc -@ -I dts -O dtb"
AGAIN = "help: compile the source again with `dtc -@`; it needs /plugin/; after /dts-v1/;"
NO_NEAR = "help: look for the node's label in the base's sources; a board may have deleted the node"


@pytest.fixture
def run(tmp_path: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]):
    """Run dtgen in a directory with base.dtb and ok.dtbo."""
    (tmp_path / "base.dtb").write_bytes(dtb(BASE))
    (tmp_path / "ok.dtbo").write_bytes(dtbo(OVERLAY))

    def execute(*arguments: str, **variables: str) -> tuple[int, str, str]:
        done = dtgen(*arguments, cwd=tmp_path, **variables)
        return done.returncode, done.stdout, done.stderr

    return execute


# apply: what goes well


def test_it_tells_what_changes_and_writes(run, tmp_path: Path) -> None:
    assert run("apply", "base.dtb", "ok.dtbo", "-o", "new/out.dtb") == (
        0,
        f"base.dtb + ok.dtbo: applied, 2 changes\n{CHANGES}wrote new/out.dtb\n",
        "",
    )
    base, overlay = (tmp_path / "base.dtb").read_bytes(), (tmp_path / "ok.dtbo").read_bytes()
    assert (tmp_path / "new/out.dtb").read_bytes() == blob.apply(base, overlay)


def test_quiet_says_nothing_of_a_success(run, tmp_path: Path) -> None:
    assert run("apply", "-q", "base.dtb", "ok.dtbo", "-o", "out.dtb") == (0, "", "")
    assert (tmp_path / "out.dtb").exists()


@pytest.mark.parametrize("output", ["base.dtb", "ok.dtbo"])
def test_an_input_is_never_overwritten(run, tmp_path: Path, output: str) -> None:
    before = (tmp_path / output).read_bytes()
    assert run("apply", "base.dtb", "ok.dtbo", "-o", output) == (
        2,
        "",
        f"dtgen: error: the output {output} is one of the inputs\n    help: write to another file\n",
    )
    assert (tmp_path / output).read_bytes() == before


def test_two_runs_are_equal(run, tmp_path: Path) -> None:
    first, one = run("apply", "base.dtb", "ok.dtbo", "-o", "out.dtb"), (tmp_path / "out.dtb").read_bytes()
    assert run("apply", "base.dtb", "ok.dtbo", "-o", "out.dtb") == first
    assert (tmp_path / "out.dtb").read_bytes() == one


def test_the_symbols_of_a_base_stay(run, tmp_path: Path) -> None:
    run("apply", "base.dtb", "ok.dtbo", "-o", "out.dtb")
    assert set(blob.read((tmp_path / "out.dtb").read_bytes(), "").symbols) == {"smmu", "soc", "dsp", "gpu"}


def test_two_overlays_that_write_one_property_differently_are_not_applied(
    run, tmp_path: Path, dtbo: Callable[[str], bytes]
) -> None:
    (tmp_path / "b.dtbo").write_bytes(dtbo('&dsp { status = "reserved"; };'))
    (tmp_path / "c.dtbo").write_bytes(dtbo("&dsp { iommus = <&smmu 0x3001 0>; };"))
    assert run("apply", "base.dtb", "ok.dtbo", "b.dtbo", "c.dtbo", "-o", "out.dtb") == (
        1,
        """\
b.dtbo: error: status of &dsp is "disabled" in ok.dtbo and "reserved" in b.dtbo, which would win [overwritten-property]
    /soc/dsp: status
    help: write it in one of them; the kernel refuses such a pair at run time
c.dtbo: error: iommus of &dsp is <&smmu 0x3000 0x0> in ok.dtbo and <&smmu 0x3001 0x0> in c.dtbo, which would win [overwritten-property]
    /soc/dsp: iommus
    help: write it in one of them; the kernel refuses such a pair at run time
base.dtb + ok.dtbo + b.dtbo + c.dtbo: not applied, nothing written
""",
        "",
    )
    assert not (tmp_path / "out.dtb").exists()


def test_where_a_project_has_it_so_the_last_of_two_overlays_wins_with_a_warning(
    run, tmp_path: Path, dtbo: Callable[[str], bytes]
) -> None:
    (tmp_path / "dtgen.toml").write_text('[severity]\noverwritten-property = "warning"\n')
    (tmp_path / "b.dtbo").write_bytes(dtbo('&dsp { status = "reserved"; };'))
    code, out, _ = run("apply", "base.dtb", "ok.dtbo", "b.dtbo", "-o", "out.dtb")
    assert code == 0
    assert out.startswith("b.dtbo: warning: status of &dsp is ")
    assert '    ~ status = "okay" → "reserved"\nwrote out.dtb\n' in out
    dsp = blob.read((tmp_path / "out.dtb").read_bytes(), "").nodes["/soc/dsp"]
    assert dsp.strings("status") == ("reserved",)


def test_an_overlay_may_use_the_labels_of_one_before_it(
    run, tmp_path: Path, dtbo: Callable[[str], bytes]
) -> None:
    (tmp_path / "a.dtbo").write_bytes(dtbo("&soc { npu: npu { }; };"))
    (tmp_path / "b.dtbo").write_bytes(dtbo("&npu { ref = <&dsp>; };"))
    done = run("apply", "base.dtb", "a.dtbo", "b.dtbo", "-o", "out.dtb")
    assert done[0] == 0
    assert "npu" in blob.read((tmp_path / "out.dtb").read_bytes(), "").symbols
    assert run("apply", "base.dtb", "b.dtbo", "a.dtbo", "-o", "no.dtb") == (
        1,
        """\
b.dtbo: error: the base has no label npu [unknown-label]
    /fragment@0: target
    help: a.dtbo, later in the stack, has it: put that first
base.dtb + b.dtbo + a.dtbo: not applied, nothing written
""",
        "",
    )


def test_what_is_applied_already_is_said(run, tmp_path: Path) -> None:
    run("apply", "-q", "base.dtb", "ok.dtbo", "-o", "out.dtb")
    before = (tmp_path / "out.dtb").read_bytes()
    assert run("apply", "-v", "out.dtb", "ok.dtbo", "-o", "again.dtb") == (
        0,
        """\
ok.dtbo: info: out.dtb has all of it already: nothing changes [already-applied]
out.dtb + ok.dtbo: applied, 0 changes
wrote again.dtb
""",
        "",
    )
    assert blob.read((tmp_path / "again.dtb").read_bytes(), "") == blob.read(before, "")


def test_a_phandle_that_the_overlay_would_set_on_a_node_of_the_base(
    run, tmp_path: Path, dtbo: Callable[[str], bytes]
) -> None:
    (tmp_path / "p.dtbo").write_bytes(dtbo("&gpu { phandle = <0x99>; a; };"))
    assert run("apply", "base.dtb", "p.dtbo", "-o", "out.dtb") == (
        0,
        """\
p.dtbo: warning: &gpu has a phandle in the base: libfdt before 1.7.1 renumbers the node [phandle-overwrite]
    /soc/gpu: phandle
    help: remove this line: the number is not used
base.dtb + p.dtbo: applied, 1 change
  &gpu  /soc/gpu
    + a
wrote out.dtb
""",
        "",
    )
    before, after = (blob.read((tmp_path / name).read_bytes(), "") for name in ("base.dtb", "out.dtb"))
    assert after.nodes["/soc/gpu"].cell("phandle") == before.nodes["/soc/gpu"].cell("phandle")


# apply: overlays that do not fit. The text is what follows `o.dtbo: error: `


@pytest.mark.parametrize(
    ("overlay", "told"),
    [
        ("&smmus { a; };", "the base has no label smmus [unknown-label]\n    /fragment@0: target\n    help: did you mean smmu?\n"),
        ("&dsp { ref = <&smmux>; };", "the base has no label smmux [unknown-label]\n    /fragment@0/__overlay__: ref\n    help: did you mean smmu?\n"),
        (
            "&dsp { a; }; &gpu { b; }; &one { }; &two { };",
            f"the base has no label one [unknown-label]\n    /fragment@2: target\n    {NO_NEAR}\n"
            f"o.dtbo: error: the base has no label two [unknown-label]\n    /fragment@3: target\n    {NO_NEAR}\n",
        ),
        (
            '/ { compatible = "w,other"; }; &one { }; &two { }; &dsp { };',
            "2 of 3 labels unknown: this overlay is for another SoC [another-soc]\n"
            "    help: base base.dtb is for v,board, v,soc; the overlay is for w,other\n"
            f"o.dtbo: error: the base has no label one [unknown-label]\n    /fragment@0: target\n    {NO_NEAR}\n"
            f"o.dtbo: error: the base has no label two [unknown-label]\n    /fragment@1: target\n    {NO_NEAR}\n",
        ),
        (
            "&{/soc/dsp1/x} { a; };",
            "the base has no node /soc/dsp1/x [fragment-target]\n    /fragment@0: target-path\n"
            "    help: /soc exists; did you mean its child dsp?\n",
        ),
        (
            "&{/nothing} { a; };",
            "the base has no node /nothing [fragment-target]\n    /fragment@0: target-path\n"
            "    help: write the path of a node that the base has, or its label: &label\n",
        ),
        (
            "/ { fragment@0 { __overlay__ { a; }; }; };",
            "the fragment has no target [fragment-target]\n    /fragment@0\n"
            "    help: write &label { … }; or &{/path} { … }; in the source\n",
        ),
        (
            '/ { fragment@0 { target-path = "/soc"; }; fragment@1 { target-path = "/"; __overlay__ { }; }; };',
            "the fragment has no __overlay__: libfdt would skip it silently [fragment-target]\n    /fragment@0\n",
        ),
        (
            "/ { fragment@0 { target = <0xffffffff>; __overlay__ { a; }; }; };",
            f"the fragment's target waits for a label, and no fixup says which [fragment-target]\n    /fragment@0\n    {AGAIN}\n",
        ),
        (
            "/ { fragment@0 { target = <5>; __overlay__ { a; }; }; };",
            f"the fragment's target is the phandle 0x5, which one base alone understands [fragment-target]\n    /fragment@0\n    {AGAIN}\n",
        ),
        ("/ { };", "it has no fragment: it is not an overlay [no-overlay]\n    help: does its source lack /plugin/;?\n"),
        (
            '/ { fragment@0 { target-path = "/"; __overlay__ { a = <1>; }; }; __fixups__ { dsp = "nonsense"; }; };',
            '"nonsense" is not a fixup: one is path:property:offset [bad-fixup]\n    /__fixups__: dsp\n'
            "    help: compile the overlay again with dtc -@\n",
        ),
    ],
)  # fmt: skip
def test_an_overlay_that_does_not_fit(
    run, tmp_path: Path, dtbo: Callable[[str], bytes], overlay: str, told: str
) -> None:
    (tmp_path / "o.dtbo").write_bytes(dtbo(overlay))
    assert run("apply", "base.dtb", "o.dtbo", "-o", "no.dtb") == (
        1,
        f"o.dtbo: error: {told}base.dtb + o.dtbo: not applied, nothing written\n",
        "",
    )
    assert not (tmp_path / "no.dtb").exists()


def test_base_and_overlay_swapped(run, tmp_path: Path) -> None:
    assert run("apply", "ok.dtbo", "base.dtb", "-o", "no.dtb") == (
        1,
        """\
ok.dtbo: error: base and overlay are swapped [wrong-base]
    help: base.dtb is the base, ok.dtbo the overlay
ok.dtbo + base.dtb: not applied, nothing written
""",
        "",
    )


def test_of_three_files_none_is_swapped(run) -> None:
    code, out, _ = run("apply", "ok.dtbo", "base.dtb", "ok.dtbo", "-o", "no.dtb")
    assert (code, out.count("error: ")) == (1, 2)
    assert "swapped" not in out


def test_several_wrong_inputs_are_told_at_once(run, tmp_path: Path) -> None:
    (tmp_path / "cut.dtb").write_bytes((tmp_path / "base.dtb").read_bytes()[:100])
    (tmp_path / "empty.dtbo").touch()
    (tmp_path / "garbage.dtbo").write_bytes(b"garbage")
    size = (tmp_path / "base.dtb").stat().st_size
    assert run("apply", "cut.dtb", "empty.dtbo", "ok.dtbo", "garbage.dtbo", "-o", "no.dtb") == (
        1,
        f"""\
cut.dtb: error: truncated: the header says {size} bytes, the file has 100 [malformed-blob]
    help: build or copy it again
empty.dtbo: error: the file is empty, not a devicetree blob [malformed-blob]
garbage.dtbo: error: not a devicetree blob: it starts with 0x67617262, not with 0xd00dfeed [malformed-blob]
cut.dtb + empty.dtbo + ok.dtbo + garbage.dtbo: not applied, nothing written
""",
        "",
    )


def test_sources_stand_for_their_blobs(run, tmp_path: Path) -> None:
    (tmp_path / "b.dts").write_text(f"/dts-v1/;\n{BASE}")
    (tmp_path / "s.dtso").write_text("/dts-v1/;\n/plugin/;\n&dsp { a; };\n")
    assert run("apply", "b.dts", "s.dtso", "-o", "out.dtb", "-q") == (0, "", "")
    assert run("diff", "out.dtb", "b.dts")[1].count("- a") == 1
    (tmp_path / "s.dtso").write_text("/dts-v1/;\n/plugin/;\n\n&dsb { a; };\n")
    assert run("apply", "b.dts", "s.dtso", "-o", "no.dtb", "-q") == (
        1,
        "s.dtso:4:1: error: the base has no label dsb [unknown-label]\n"
        "    /fragment@0: target\n"
        "    help: look for the node's label in the base's sources; a board may have deleted the "
        "node\n",
        "",
    )


def test_a_source_that_is_no_overlay(run, tmp_path: Path) -> None:
    (tmp_path / "s.dtso").write_text("// /plugin/;\n/dts-v1/;\n/* /plugin/; */ &dsp { a; };\n")
    assert run("apply", "base.dtb", "s.dtso", "-o", "no.dtb", "-q")[1].splitlines() == [
        "s.dtso:2:1: error: /plugin/; is missing: without it dtc compiles a base, not an overlay [no-overlay]",
        "    help: write /plugin/; in the line after /dts-v1/;",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("apply", "no.dtb", "ok.dtbo", "-o", "out.dtb"), "cannot read no.dtb: No such file or directory"),
        (("apply", "base.dtb", "no.dtbo", "-o", "out.dtb"), "cannot read no.dtbo: No such file or directory"),
        (("apply", "base.dtb", ".", "-o", "out.dtb"), "cannot read .: Is a directory"),
        (("diff", "base.dtb", "no.dtb"), "cannot read no.dtb: No such file or directory"),
    ],
)
def test_a_missing_file_exits_with_2(run, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    assert run(*arguments) == (2, "", f"dtgen: error: {message}\n")
    assert not (tmp_path / "out.dtb").exists()


@pytest.mark.parametrize(
    "arguments",
    [("apply", "base.dtb", "-o", "out.dtb"), ("apply", "base.dtb", "ok.dtbo"), ("diff", "base.dtb")],
)
def test_bad_usage_exits_with_2(run, arguments: tuple[str, ...]) -> None:
    code, told, errors = run(*arguments)
    assert (code, told) == (2, "")
    assert "Error: Missing " in errors


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    """A kernel tree whose board deletes the GPU in its third line."""
    directory = tmp_path / "linux/arch/arm64/boot/dts/v"
    directory.mkdir(parents=True)
    (directory / "soc.dtsi").write_text(f"/dts-v1/;\n{BASE}")
    (directory / "board.dts").write_text('#include "soc.dtsi"\n\n/delete-node/ &gpu;\n')
    return tmp_path / "linux"


DELETED = "linux/arch/arm64/boot/dts/v/board.dts:3 deletes the node: leave it out for this board"


def test_the_line_that_deletes_the_node_of_an_unknown_label(
    run, tmp_path: Path, kernel: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]
) -> None:
    (tmp_path / "board.dtb").write_bytes(dtb(BASE.replace("gpu: gpu { };", "")))
    (tmp_path / "g.dtbo").write_bytes(dtbo("&gpu { a; }; &dsp { b; };"))
    assert run("apply", "board.dtb", "g.dtbo", "-o", "no.dtb", "--symbols", "linux") == (
        1,
        f"""\
g.dtbo: error: the base has no label gpu [unknown-label]
    /fragment@0: target
    help: {DELETED}
board.dtb + g.dtbo: not applied, nothing written
""",
        "",
    )


def test_the_line_that_deletes_the_node_for_a_base_without_symbols(
    run, tmp_path: Path, kernel: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]
) -> None:
    base = blob.without_symbols(dtb(BASE.replace("gpu: gpu { };", "")))
    (tmp_path / "board.dtb").write_bytes(base)
    (tmp_path / "g.dtbo").write_bytes(dtbo("&gpu { a; }; &dsp { b; };"))
    code, told, _ = run("apply", "board.dtb", "g.dtbo", "-o", "no.dtb", "--symbols", "linux")
    assert (code, DELETED in told) == (1, True)


@pytest.mark.parametrize("body", ["x;", "n { };"])
def test_a_base_whose_label_shares_its_phandle_with_another_node_is_refused(
    run, tmp_path: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes], body: str
) -> None:
    """Else the overlay for &b goes to /a without a word."""
    import libfdt

    fdt = libfdt.Fdt(dtb("/ { a: a { phandle = <1>; }; b: b { phandle = <2>; }; };"))
    fdt.setprop_u32(fdt.path_offset("/b"), "phandle", 1)
    (tmp_path / "two.dtb").write_bytes(bytes(fdt.as_bytearray()))
    (tmp_path / "b.dtbo").write_bytes(dtbo(f"&b {{ {body} }};"))
    code, told, errors = run("apply", "two.dtb", "b.dtbo", "-o", "no.dtb")
    assert (code, errors) == (1, "")
    assert "/a" in told and "/b" in told
    assert not (tmp_path / "no.dtb").exists()


def test_nops_in_front_of_the_root_are_told_as_such(run, tmp_path: Path) -> None:
    data = (tmp_path / "base.dtb").read_bytes()
    start = int.from_bytes(data[8:12], "big")
    fields = {at: int.from_bytes(data[at : at + 4], "big") + 4 for at in (4, 12, 36)}
    data = data[:start] + (4).to_bytes(4, "big") + data[start:]
    for at, value in fields.items():
        data = data[:at] + value.to_bytes(4, "big") + data[at + 4 :]
    (tmp_path / "nop.dtb").write_bytes(data)
    code, told, _ = run("apply", "nop.dtb", "ok.dtbo", "-o", "no.dtb")
    assert code == 1
    assert "[malformed-blob]" in told


def test_a_label_may_be_called_as_a_property_of_a_fragment(
    run, tmp_path: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]
) -> None:
    (tmp_path / "t.dtb").write_bytes(dtb("/ { target: t { }; };"))
    (tmp_path / "t.dtbo").write_bytes(dtbo("&target { a; };"))
    assert run("apply", "-q", "t.dtb", "t.dtbo", "-o", "out.dtb") == (0, "", "")


# diff


def test_equal_trees_print_nothing_and_exit_with_0(run) -> None:
    assert run("diff", "base.dtb", "base.dtb") == (0, "", "")


def test_different_trees_exit_with_1(run, tmp_path: Path, dtb: Callable[[str], bytes]) -> None:
    other = BASE.replace("<&smmu 1 2>", "<&smmu 1 3>").replace("gpu: gpu { };", "npu: npu { a; };")
    (tmp_path / "other.dtb").write_bytes(dtb(other))
    changes = """\
  &dsp  /soc/dsp
    ~ iommus = <&smmu 0x1 0x2> → <&smmu 0x1 0x3>
  &gpu  /soc/gpu
    - this node
  &npu  /soc/npu
    + this node
    + a
"""
    assert run("diff", "base.dtb", "other.dtb") == (1, f"--- base.dtb\n+++ other.dtb\n{changes}", "")
    assert run("diff", "-q", "base.dtb", "other.dtb") == (1, changes, "")


def test_the_numbers_of_phandles_are_no_difference(run, tmp_path: Path, dtb: Callable[[str], bytes]) -> None:
    renumbered = BASE.replace("gpu: gpu { };", "gpu: gpu { phandle = <1>; };")
    (tmp_path / "other.dtb").write_bytes(dtb(renumbered))
    numbers = [
        blob.read((tmp_path / name).read_bytes(), "").nodes["/iommu"].cell("phandle")
        for name in ("base.dtb", "other.dtb")
    ]
    assert numbers[0] != numbers[1]
    assert run("diff", "base.dtb", "other.dtb") == (0, "", "")


def test_what_an_overlay_would_do_writes_nothing(run, tmp_path: Path) -> None:
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert run("diff", "base.dtb", "ok.dtbo") == (1, f"--- base.dtb\n+++ ok.dtbo\n{CHANGES}", "")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_an_overlay_that_changes_nothing(run, tmp_path: Path) -> None:
    run("apply", "-q", "base.dtb", "ok.dtbo", "-o", "out.dtb")
    assert run("diff", "out.dtb", "ok.dtbo") == (0, "", "")


def test_an_overlay_that_does_not_fit_has_no_difference(
    run, tmp_path: Path, dtbo: Callable[[str], bytes]
) -> None:
    (tmp_path / "o.dtbo").write_bytes(dtbo("&smmus { a; };"))
    assert run("diff", "base.dtb", "o.dtbo") == (
        1,
        "o.dtbo: error: the base has no label smmus [unknown-label]\n"
        "    /fragment@0: target\n    help: did you mean smmu?\n",
        "",
    )


def test_a_damaged_blob_has_no_difference(run, tmp_path: Path) -> None:
    (tmp_path / "empty.dtb").touch()
    told = "empty.dtb: error: the file is empty, not a devicetree blob [malformed-blob]\n"
    assert run("diff", "base.dtb", "empty.dtb") == (1, told, "")
    assert run("diff", "empty.dtb", "base.dtb") == (1, told, "")


def test_two_damaged_blobs_are_told_at_once(run, tmp_path: Path) -> None:
    (tmp_path / "empty.dtb").touch()
    (tmp_path / "garbage.dtb").write_bytes(b"garbage")
    code, told, _ = run("diff", "empty.dtb", "garbage.dtb")
    assert (code, "empty.dtb: error: " in told, "garbage.dtb: error: " in told) == (1, True, True)


# --format json

IOMMUS = {
    "kind": "changed", "path": "/soc/dsp", "name": "&dsp", "property": "iommus",
    "old": "<&smmu 0x1 0x2>", "new": "<&smmu 0x3000 0x0>",
}  # fmt: skip
STATUS = IOMMUS | {"property": "status", "old": '"okay"', "new": '"disabled"'}


def test_json_of_a_success(run) -> None:
    code, told, errors = run("apply", "base.dtb", "ok.dtbo", "-o", "out.dtb", "--format", "json")
    assert (code, errors) == (0, "")
    assert json.loads(told) == {
        "version": 1, "base": "base.dtb", "overlays": ["ok.dtbo"], "output": "out.dtb", "errors": 0,
        "changes": [IOMMUS, STATUS], "diagnostics": [], "notes": [],
    }  # fmt: skip


def test_json_of_a_refusal(run, tmp_path: Path, dtbo: Callable[[str], bytes]) -> None:
    (tmp_path / "o.dtbo").write_bytes(dtbo("&smmus { a; };"))
    code, told, errors = run("apply", "base.dtb", "o.dtbo", "-o", "no.dtb", "--format", "json")
    assert (code, errors) == (1, "")
    where = {"file": "o.dtbo", "line": None, "column": None}
    assert json.loads(told) == {
        "version": 1, "base": "base.dtb", "overlays": ["o.dtbo"], "output": None, "errors": 1,
        "changes": [], "notes": [],
        "diagnostics": [
            {
                "state": "introduced", "rule": "unknown-label", "schema": None, "severity": "error",
                "message": "the base has no label smmus", "help": "did you mean smmu?",
                "location": where, "node": "/fragment@0", "property": "target", "generated": where,
                "also": [], "excerpt": "", "original": "", "follows": False, "allowed": "", "clause": None,
            }
        ],
    }  # fmt: skip


def test_json_of_a_difference_and_of_none(run) -> None:
    code, told, errors = run("diff", "base.dtb", "ok.dtbo", "--format", "json")
    assert (code, errors) == (1, "")
    assert json.loads(told) == {
        "version": 1, "old": "base.dtb", "new": "ok.dtbo", "changes": [IOMMUS, STATUS], "diagnostics": [],
    }  # fmt: skip
    code, told, _ = run("diff", "base.dtb", "base.dtb", "--format", "json")
    assert (code, json.loads(told)["changes"]) == (0, [])


# colours


def on_a_terminal(directory: Path, *arguments: str, **variables: str) -> str:
    """What dtgen writes where stdout is a terminal."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **variables}
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dtgen", *arguments], cwd=directory, env=environment, stdout=theirs
    )
    os.close(theirs)
    told = b""
    try:
        while part := os.read(ours, 4096):
            told += part
    except OSError:
        pass  # the other end was closed: this is how a terminal of Linux ends
    os.close(ours)
    process.wait()
    return told.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    "arguments", [("diff", "base.dtb", "ok.dtbo"), ("apply", "base.dtb", "ok.dtbo", "-o", "out.dtb")]
)
def test_colours_are_for_terminals_alone(run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    _, plain, _ = run(*arguments)
    assert "\033" not in plain
    coloured = on_a_terminal(tmp_path, *arguments)
    assert '\033[33m~ status = "okay" → "disabled"\033[0m' in coloured
    assert "\033[36m&dsp\033[0m" in coloured
    assert on_a_terminal(tmp_path, *arguments, NO_COLOR="1") == plain
    assert on_a_terminal(tmp_path, *arguments, TERM="dumb") == plain


@pytest.mark.parametrize("command", ["apply", "diff"])
def test_help_has_an_example(run, command: str) -> None:
    code, told, _ = run(command, "--help")
    assert code == 0
    assert f"  dtgen {command} " in told


def test_a_difference_is_of_files_with_one_tree_each(tmp_path: Path, dtb: Callable[[str], bytes]) -> None:
    one, two = dtb("/ { one; };"), dtb("/ { two; };")
    (tmp_path / "both.dtb").write_bytes(one + two)
    (tmp_path / "one.dtb").write_bytes(one)
    found = apply.differences(tmp_path / "both.dtb", tmp_path / "one.dtb", None, Finder(()), Reader(tmp_path))
    assert [(d.rule, d.message.partition(",")[0]) for d in found.diagnostics] == [
        ("malformed-blob", "2 devicetree blobs in one file")
    ]
