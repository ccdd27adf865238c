"""`dtgen validate` as a person runs it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from running import dtgen

from dtgen.project import glances

ROOT = Path(__file__).resolve().parents[2]

BASE = """
/ {
    compatible = "v,board";
    model = "Board";
    #address-cells = <1>;
    #size-cells = <1>;
    pic: interrupt-controller { interrupt-controller; #interrupt-cells = <1>; #address-cells = <0>; };
    smmu: iommu@10000 {
        compatible = "arm,mmu-500";
        reg = <0x10000 0x10000>;
        interrupts-extended = <&pic 1>, <&pic 2>;
        #global-interrupts = <1>;
        #iommu-cells = <2>;
    };
    dsp: dsp { iommus = <&smmu 0x3000 0x400>; };
    other: codec { iommus = <&smmu 0x13000 0x0>; };
};
"""
WIDE = "wider than the 16 bits of &smmu: the kernel would use"
LOOK = (
    "    help: ids and masks are at most 0xffff; "
    "stream IDs are wired in hardware: the vendor's documentation must say this one\n"
)
FORMS = (
    "    help: an entry is <&smmu stream-id mask> for an SMMU with two cells, <&smmu stream-id> with one\n"
)
UNKNOWN = "info: 1 compatible without a schema in built-in bindings\n    v,board\n"
OTHER = f"stream ID 0x13000 of entry 1 is {WIDE} 0x3000 [stream-width]"


@pytest.fixture
def run(tmp_path: Path, dtb: Callable[[str], bytes]):
    """Run dtgen in a directory with base.dtb; what it took, if anything, is left out of what it prints."""
    (tmp_path / "base.dtb").write_bytes(dtb(BASE))

    def execute(*arguments: str) -> tuple[int, str, str]:
        done = dtgen("validate", *arguments, cwd=tmp_path)
        return (
            done.returncode,
            re.sub(r" \((\d+\.\d\d s|from an earlier run)\)", "", done.stdout),
            done.stderr,
        )

    return execute


def test_a_whole_tree(run) -> None:
    assert run("base.dtb") == (
        1,
        f"base.dtb: error: {OTHER}\n    /codec: iommus\n{LOOK}"
        "base.dtb: 1 error\n"
        f"{UNKNOWN}validated 1 of 1 tree against built-in bindings: 1 error\n",
        "",
    )


def test_a_tree_against_its_base(run, tmp_path: Path, dtb: Callable[[str], bytes]) -> None:
    """One is mended, one is new, and the one that was there is counted."""
    text = BASE.replace("0x3000 0x400", "0x3000 0x10000").replace("0x13000", "0x3001")
    (tmp_path / "new.dtb").write_bytes(dtb(text))
    assert run("new.dtb", "--against", "base.dtb") == (
        1,
        f"new.dtb: error: mask 0x10000 of entry 1 is {WIDE} 0x0 [stream-width]\n    /dsp: iommus\n{LOOK}"
        f"  fixed: /codec: iommus: {OTHER}\n"
        "new.dtb against base.dtb: 1 error; 1 fixed\n"
        f"{UNKNOWN}validated 1 of 1 tree against built-in bindings: 1 error\n",
        "",
    )
    assert run("base.dtb", "--against", "base.dtb") == (
        0,
        "base.dtb against base.dtb: no findings; 1 error pre-existing\n"
        f"{UNKNOWN}validated 1 of 1 tree against built-in bindings: no errors\n",
        "",
    )


def test_all_shows_what_was_there(run) -> None:
    code, out, _ = run("base.dtb", "--against", "base.dtb", "--all")
    assert code == 0
    assert out.startswith(f"base.dtb: error: {OTHER} (pre-existing)\n    /codec: iommus\n{LOOK}")


def test_an_overlay_on_its_base(run, tmp_path: Path, dtbo: Callable[[str], bytes]) -> None:
    (tmp_path / "o.dtbo").write_bytes(dtbo("&dsp { iommus = <&smmu 0x3000>; };"))
    assert run("o.dtbo", "--base", "base.dtb") == (
        1,
        "o.dtbo: error: entry 1 of iommus has 1 cell after the phandle, &smmu takes 2 (#iommu-cells) "
        f"[malformed-specifier]\n    /dsp: iommus\n{FORMS}"
        "o.dtbo against base.dtb: 1 error; 1 error pre-existing\n"
        f"{UNKNOWN}validated 1 of 1 tree against built-in bindings: 1 error\n",
        "",
    )


def test_what_an_overlay_breaks_elsewhere_is_introduced_and_names_the_cause(
    run, tmp_path: Path, dtbo: Callable[[str], bytes]
) -> None:
    """The other property that was written to the node is innocent."""
    (tmp_path / "a.dtbo").write_bytes(dtbo("&dsp { x; };"))
    (tmp_path / "b.dtbo").write_bytes(dtbo("&smmu { #iommu-cells = <1>; };"))
    code, out, _ = run("a.dtbo", "b.dtbo", "--base", "base.dtb", "-q")
    assert code == 1
    phandle = "error: entry 2 of iommus starts with 0x400, which is not the phandle of any node [malformed-specifier]"
    assert out == (
        f"base.dtb: {phandle}\n    /dsp: iommus\n    also /iommu@10000: #iommu-cells   (b.dtbo)\n{FORMS}"
    )


MANY = """
/ {
    compatible = "v,board";
    model = "Board";
    #address-cells = <1>;
    #size-cells = <1>;
    interrupt-parent = <&pic>;
    pic: interrupt-controller { interrupt-controller; #interrupt-cells = <2>; #address-cells = <0>; };
    clk: clock { #clock-cells = <0>; };
    a { clocks = <&clk>; };
    b { clocks = <&clk>; };
    c { clocks = <&clk>; };
    d { clocks = <&clk>; };
    e: e { clocks = <&clk>; interrupts = <1 2>; };
};
"""
FEW = "entry 1 of clocks has 0 cells after the phandle, &clk takes 1 (#clock-cells) [malformed-specifier]"


def test_of_many_effects_of_one_change_the_first_are_told(
    run, tmp_path: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]
) -> None:
    """After what the overlay itself has wrong."""
    (tmp_path / "many.dtb").write_bytes(dtb(MANY))
    (tmp_path / "a.dtbo").write_bytes(dtbo("&clk { #clock-cells = <1>; clocks = <&e>; };"))
    places = ("/a", "/b", "/c", "/d", "/e")
    cause = "/clock: #clock-cells (a.dtbo)"
    told = [
        f"many.dtb: error: {FEW}\n    {place}: clocks\n    also /clock: #clock-cells   (a.dtbo)\n"
        for place in places
    ]
    code, out, _ = run("a.dtbo", "--base", "many.dtb", "-q")
    own, rest = out[: out.index("many.dtb")], out[out.index("many.dtb") :]
    assert code == 1
    assert own.startswith("a.dtbo: error: entry 1 of clocks names &e, which is not a provider")
    assert rest == "".join(told[:3]) + f"  … and 2 more that come from {cause}; -v shows them\n"
    _, out, _ = run("a.dtbo", "--base", "many.dtb", "-v")
    assert "".join(told) in out


@pytest.mark.parametrize("name", ["clocks", "interrupts-extended", "sound-dai"])
def test_what_dtc_says_of_the_same_property_is_told_once(
    run, tmp_path: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes], name: str
) -> None:
    (tmp_path / "many.dtb").write_bytes(dtb(MANY))
    (tmp_path / "a.dtbo").write_bytes(dtbo(f"&clk {{ {name} = <&e>; }};"))
    _, out, _ = run("a.dtbo", "--base", "many.dtb", "-q")
    assert f"a.dtbo: error: entry 1 of {name} names &e" in out
    assert "_property]" not in out


def test_an_interrupt_names_the_controller_that_was_changed(
    run, tmp_path: Path, dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]
) -> None:
    (tmp_path / "many.dtb").write_bytes(dtb(MANY))
    (tmp_path / "a.dtbo").write_bytes(dtbo("&pic { #interrupt-cells = <3>; };"))
    _, out, _ = run("a.dtbo", "--base", "many.dtb", "-q")
    assert out == (
        "many.dtb: warning: size is (8), expected multiple of 12 [dtc:interrupts_property]\n"
        "    /e: interrupts\n    also /interrupt-controller: #interrupt-cells   (a.dtbo)\n"
    )


def test_json_has_the_state_of_each(run, tmp_path: Path, dtb: Callable[[str], bytes]) -> None:
    (tmp_path / "new.dtb").write_bytes(dtb(BASE.replace("0x3000 0x400", "0x3000 0x10000")))
    code, out, _ = run("new.dtb", "--against", "base.dtb", "--format", "json")
    (tree,) = json.loads(out)["trees"]
    assert code == 1
    assert [
        (d["state"], d["severity"], d["rule"], d["node"], d["property"]) for d in tree["diagnostics"]
    ] == [
        ("introduced", "error", "stream-width", "/dsp", "iommus"),
        ("pre-existing", "error", "stream-width", "/codec", "iommus"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.dtb", b"", "the file is empty, not a devicetree blob"),
        ("text.dtb", b"hello", "not a devicetree blob: it starts with 0x68656c6c, not with 0xd00dfeed"),
        ("short.dtb", b"\xd0\x0d\xfe\xed\0\0", "truncated: 6 bytes, the header alone has 40"),
    ],
)
def test_a_file_that_is_no_tree_is_an_error(
    run, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert run(name) == (
        1,
        f"{name}: error: {message} [malformed-blob]\n{name}: not validated\n"
        "validated 0 of 1 tree against built-in bindings: 1 error\n",
        "",
    )


def test_a_tree_cut_anywhere_is_never_clean(run, tmp_path: Path) -> None:
    whole = (tmp_path / "base.dtb").read_bytes()
    names = []
    for length in range(0, len(whole), 97):
        names.append(f"{length}.dtb")
        (tmp_path / names[-1]).write_bytes(whole[:length])
    code, out, error = run(*names)
    assert (code, error) == (1, "")
    assert out.count(": not validated\n") == len(names)


def test_a_missing_file_is_an_error_of_the_environment(run) -> None:
    assert run("none.dtb") == (2, "", "dtgen: error: cannot read none.dtb: No such file or directory\n")


def test_an_overlay_alone_is_told_what_it_needs(run, tmp_path: Path, dtbo: Callable[[str], bytes]) -> None:
    (tmp_path / "o.dtbo").write_bytes(dtbo("&dsp { x; };"))
    code, out, _ = run("o.dtbo", "-q")
    assert (code, out) == (
        1,
        "o.dtbo: error: this is an overlay: it cannot be validated without a base [wrong-base]\n"
        "    help: say what it is for: dtgen validate o.dtbo --base BASE.dtb\n",
    )


def test_a_base_where_overlays_are_due(run) -> None:
    code, out, _ = run("base.dtb", "--base", "base.dtb", "-q")
    assert code == 1
    assert "this is a base (of v,board), not an overlay" in out


def test_against_and_base_exclude_each_other(run) -> None:
    code, out, error = run("a", "--against", "b", "--base", "c")
    assert (code, out) == (2, "")
    assert "give one of them" in error


def test_nothing_is_kept_where_nothing_is_to_be(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DTGEN_CACHE", str(tmp_path / "cache"))
    glances.fingerprint.cache_clear()
    run("base.dtb", "--no-cache")
    assert not (tmp_path / "cache").exists()
    assert os.environ["DTGEN_CACHE"] == str(tmp_path / "cache")
    run("base.dtb")
    assert (tmp_path / "cache/results").is_dir()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not a processed schema: Expecting property name"),
        ("[]", "b.json is not a processed schema"),
        ('{"generated-types": {}, "version": "2020.1"}', "b.json was made by dtschema 2020.1, and this is"),
        ('{"generated-types": {}}', "b.json was made by dtschema of an unknown version, and this is"),
        (f'{{"generated-types": {{}}, "version": "{version("dtschema")}"}}', "schema: it is not complete"),
        (f'{{"generated-types": 5, "x": 5, "version": "{version("dtschema")}"}}', "it is not complete"),
    ],
)
def test_a_file_that_is_no_processed_schema(run, tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "b.json").write_text(content)
    code, out, error = run("base.dtb", "--bindings", "b.json")
    assert (code, out) == (2, "")
    assert message in error


def test_of_several_files_one_that_cannot_be_read_does_not_stop_the_others(run) -> None:
    code, out, error = run("none.dtb", "base.dtb", "-q")
    assert (code, error) == (1, "")
    assert out.startswith(
        "none.dtb: error: cannot read none.dtb: No such file or directory [unreadable]\nbase.dtb: "
    )


def test_what_kbuild_gives_to_dt_validate_is_taken(run) -> None:
    """`DT_CHECKER="dtgen validate"`."""
    plain = run("base.dtb", "-l", "iommu/arm,smmu.yaml")
    assert run("base.dtb", "-l", "a/b/iommu/arm,smmu.yaml", "-u", "./a/b", "-n") == plain
    code, _, error = run("base.dtb", "-p", "none.json")
    assert (code, "none.json" in error) == (2, True)


@pytest.mark.parametrize(("option", "value"), [("-j", "2"), ("--executor", "dask://h:1")])
def test_what_is_for_many_trees_is_not_for_overlays(run, option: str, value: str) -> None:
    code, out, error = run("a.dtbo", "--base", "base.dtb", option, value)
    assert (code, out) == (2, "")
    assert f"{option} is for many trees; --base makes one of the files" in error
