"""`dtgen check` as a person runs it: what each kind of file is checked for, and where it is told."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from running import dtgen
from waiting import await_all

from dtgen.project.layout import builtin_bindings

ROOT = Path(__file__).resolve().parents[2]

BASE = """\
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
    dsp: dsp { };
    wide { iommus = <&smmu 0x15000 0x0>; };
};
"""
HEAD = "// SPDX-License-Identifier: MIT\n/* Of a test. */\n\n/dts-v1/;\n/plugin/;\n\n"
GOOD = HEAD + "&dsp {\n\tiommus = <&smmu 0x3000 0x0>;\n};\n"
SHORT = "entry 1 of iommus has 1 cell after the phandle, &smmu takes 2 (#iommu-cells) [malformed-specifier]"
FORMS = (
    "    help: an entry is <&smmu stream-id mask> for an SMMU with two cells, <&smmu stream-id> with one\n"
)

Run = Callable[..., tuple[int, str, str]]


def start(directory: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "dtgen", "check", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.Popen(
        command, cwd=directory, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.fixture
def run(tmp_path: Path, dtb: Callable[[str], bytes]) -> Run:
    """Run it in a project with a base, `dtgen.toml` and a good overlay."""
    (tmp_path / "base.dtb").write_bytes(dtb(BASE))
    (tmp_path / "good.dtso").write_text(GOOD)
    (tmp_path / "dtgen.toml").write_text('[[overlay]]\nfiles = "*.dtso"\nbases = ["base.dtb"]\n')

    def execute(*arguments: str, **variables: str) -> tuple[int, str, str]:
        done = dtgen("check", *arguments, cwd=tmp_path, **variables)
        return done.returncode, done.stdout, done.stderr

    return execute


def test_a_project_that_is_clean(run: Run) -> None:
    assert run() == (0, "checked 2 files (1 blob, 1 overlay): no findings\n", "")


def test_a_finding_stands_at_the_overlays_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.dtso").write_text(GOOD.replace("0x3000 0x0", "0x3000"))
    assert run("bad.dtso") == (
        1,
        f"bad.dtso:8:2: error: {SHORT}\n    8 |     iommus = <&smmu 0x3000>;\n      |     ^^^^^^\n"
        f"    /dsp: iommus\n{FORMS}checked 1 file (1 overlay): 1 error\n",
        "",
    )


def test_a_finding_stands_where_it_was_included_from(run: Run, tmp_path: Path) -> None:
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc/dsp.dtsi").write_text("\n&dsp {\n\tiommus = <&smmu 0x3000>;\n};\n")
    (tmp_path / "bad.dtso").write_text(HEAD + '#include "dsp.dtsi"\n')
    code, out, _ = run("-q", "bad.dtso", "-I", "inc")
    assert (code, out.splitlines()[0]) == (1, f"inc/dsp.dtsi:3:2: error: {SHORT}")
    code, out, _ = run("-q", "bad.dtso")
    assert (code, out.splitlines()[0]) == (
        1,
        "bad.dtso:7:10: error: dsp.dtsi: No such file or directory [cpp]",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            GOOD.replace("0x0>;", "0x0>"),
            "x.dtso:8:29: error: syntax error: expected ; before line 9 [dtc]\n"
            "    help: is a ; missing at the end of this line?\n",
        ),
        (
            GOOD.replace("/plugin/;", ""),
            "x.dtso:4:1: error: /plugin/; is missing: without it dtc compiles a base, not an overlay "
            "[no-overlay]\n    help: write /plugin/; in the line after /dts-v1/;\n",
        ),
        (
            GOOD.replace("0x3000", "FOO"),
            "x.dtso:8:18: error: FOO is not defined [dtc]\n"
            "    help: include the header that defines it; with --kernel DIR dtgen names it\n",
        ),
        (
            GOOD.replace("\tiommus", "\t/delete-property/ status;\n\tiommus"),
            "x.dtso:8:2: error: /delete-property/ status does nothing in an overlay: libfdt cannot delete "
            "[delete-in-overlay]\n    help: give it another value: an overlay cannot take a property away\n",
        ),
        (
            GOOD.replace("&dsp", "&ddsp"),
            "x.dtso:7:1: error: the base has no label ddsp [unknown-label]\n    /fragment@0: target\n"
            "    help: did you mean dsp?\n",
        ),
    ],
    ids=["a semicolon", "plugin", "a macro", "a delete", "a label"],
)
def test_an_overlay_that_cannot_be_applied(run: Run, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.dtso").write_text(text)
    assert run("-q", "x.dtso") == (1, message, "")


def test_what_the_base_has_wrong_itself_is_not_the_overlays(run: Run) -> None:
    code, out, _ = run("-q", "good.dtso", "base.dtb", "--show-all")
    assert code == 0
    assert out.count("stream ID 0x15000 of entry 1 is wider than the 16 bits of &smmu") == 2
    assert out.count("(pre-existing)") == out.count("error: ")


def test_a_blob_that_is_nobodys_base_answers_for_itself(run: Run, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "base.dtb", tmp_path / "other.dtb")
    code, out, _ = run("-q", "other.dtb")
    assert (code, out.partition(" of entry 1")[0]) == (1, "other.dtb: error: stream ID 0x15000")
    (tmp_path / "cut.dtb").write_bytes((tmp_path / "base.dtb").read_bytes()[:99])
    code, out, _ = run("-q", "cut.dtb")
    assert (code, out.startswith("cut.dtb: error: truncated")) == (1, True)


def test_a_base_can_be_a_source(run: Run, tmp_path: Path) -> None:
    (tmp_path / "base.dts").write_text("/dts-v1/;\n" + BASE)
    (tmp_path / "bad.dtso").write_text(GOOD.replace("0x3000 0x0", "0x3000"))
    assert run("-q", "good.dtso", "--base", "base.dts")[0] == 0
    assert run("-q", "bad.dtso", "--base", "base.dts")[1].startswith(f"bad.dtso:8:2: error: {SHORT}")


def test_an_overlay_without_a_base_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dtgen.toml").unlink()
    assert run("good.dtso") == (
        1,
        "good.dtso: error: no base is known for this overlay: it was only compiled [no-base]\n    help: name it with --base FILE.dtb, or in dtgen.toml: "
        '[[overlay]] files = "good.dtso", bases = ["FILE.dtb"]; bases = [] if there is none\n'
        "checked 1 file (1 overlay): 1 error\n",
        "",
    )
    (tmp_path / "dtgen.toml").write_text('[[overlay]]\nfiles = "good.dtso"\nbases = []\n')
    assert run("-q", "good.dtso") == (0, "", "")
    (tmp_path / "dtgen.toml").write_text('[severity]\nno-base = "warning"\n')
    code, out, _ = run("-q", "good.dtso")
    assert (code, out.partition(":")[2][:9]) == (0, " warning:")


def test_an_overlays_blob_is_checked_on_the_same_base(
    run: Run, tmp_path: Path, dtbo: Callable[[str], bytes]
) -> None:
    (tmp_path / "bad.dtbo").write_bytes(dtbo("&dsp { iommus = <&smmu 0x3000>; };"))
    assert run("-q", "bad.dtbo") == (1, f"bad.dtbo: error: {SHORT}\n    /dsp: iommus\n{FORMS}", "")


@pytest.mark.parametrize("changed", ["base.dtb", "dtgen.toml", "common.dtsi"])
def test_what_an_overlay_depends_on_is_checked_with_it(run: Run, tmp_path: Path, changed: str) -> None:
    (tmp_path / "common.dtsi").write_text("")
    (tmp_path / "bad.dtso").write_text(GOOD.replace("0x3000 0x0", "0x3000"))
    code, out, _ = run("-q", changed)
    assert (code, out.splitlines()[0]) == (1, f"bad.dtso:8:2: error: {SHORT}")


def test_a_kernel_tree_says_in_its_makefile_what_the_base_is(run: Run, tmp_path: Path) -> None:
    sources = tmp_path / "linux/arch/arm64/boot/dts/v"
    (tmp_path / "linux/include").mkdir(parents=True)
    sources.mkdir(parents=True)
    bindings = tmp_path / "linux/Documentation/devicetree/bindings"
    bindings.mkdir(parents=True)
    shutil.copy(ROOT / "schemas/bindings/remoteproc/qcom,pas-common.yaml", bindings)
    (sources / "board.dtsi").write_text(BASE)
    (sources / "board.dts").write_text('/dts-v1/;\n#include "board.dtsi"\n')
    (sources / "first.dtso").write_text(HEAD + "&{/} {\n\tadded: added {\n\t};\n};\n")
    (sources / "second.dtso").write_text(HEAD + "&added {\n\tiommus = <&smmu 0x3000>;\n};\n")
    (sources / "Makefile").write_text("board-el2-dtbs := board.dtb first.dtbo second.dtbo\n")
    here = "linux/arch/arm64/boot/dts/v"
    code, out, error = run("-q", here)
    assert (code, error) == (1, "")
    assert out.splitlines()[0] == f"{here}/second.dtso:8:2: error: {SHORT}"
    code, out, error = run("-q", f"{here}/board.dts")
    assert out.splitlines()[0] == f"{here}/second.dtso:8:2: error: {SHORT}"
    (tmp_path / "link.dtso").symlink_to(sources / "second.dtso")
    (tmp_path / "dtgen.toml").unlink()
    code, out, error = run("-q", "link.dtso")
    assert out.splitlines()[0] == f"link.dtso:8:2: error: {SHORT}"


def test_a_link_into_a_kernel_tree_includes_from_that_tree(run: Run, tmp_path: Path) -> None:
    sources = tmp_path / "linux/arch/arm64/boot/dts/v"
    sources.mkdir(parents=True)
    (tmp_path / "linux/include").mkdir()
    (tmp_path / "linux/include/mask.h").write_text("#define MASK 0x0\n")
    overlay = GOOD.replace("/plugin/;\n", "/plugin/;\n\n#include <mask.h>\n").replace(
        "0x3000 0x0", "0x3000 MASK"
    )
    (sources / "x.dtso").write_text(overlay)
    (tmp_path / "link.dtso").symlink_to(sources / "x.dtso")
    (tmp_path / "linux/Documentation/devicetree").mkdir(parents=True)
    (tmp_path / "linux/Documentation/devicetree/bindings").symlink_to(builtin_bindings())
    assert run("link.dtso") == (0, "checked 1 file (1 overlay): no findings\n", "")
    command = [sys.executable, "-m", "dtgen", "format", "--check", "link.dtso"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0


def test_a_file_that_is_nothing_of_ours(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "ci.yaml").write_text("name: CI\n")
    assert run()[0] == 0
    for name in ("notes.txt", "ci.yaml"):
        code, out, error = run(name)
        assert (code, out) == (2, "")
        assert error.startswith(f"dtgen: error: {name} is not a file that dtgen can check\n    help: ")
    assert run("none.dtso")[0] == 2


def test_without_dtc_nothing_passes(run: Run) -> None:
    code, out, error = run(PATH="/nowhere")
    assert (code, out) == (2, "")
    assert error == (
        "dtgen: error: dtc was not found\n"
        "    help: install it (Debian: apt-get install device-tree-compiler) or set DTC to its path\n"
    )


def test_many_files_are_told_in_one_order(run: Run, tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number:02}.dtso").write_text(GOOD.replace("0x3000 0x0", "0x3000"))
    for format_ in ("text", "json", "sarif", "github"):
        reports = {run("--format", format_) for _ in range(2)}
        assert len(reports) == 1
    code, out, _ = run("-q")
    assert code == 1
    assert [line[:12] for line in out.splitlines() if line[0] != " "] == [
        f"{n:02}.dtso:8:2:" for n in range(12)
    ]


def test_the_report_goes_to_a_file_and_the_text_to_people(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("good.dtso", "--format", "sarif", "--output", "out/dtgen.sarif")
    assert (code, out) == (0, "checked 1 file (1 overlay): no findings\n")
    assert (tmp_path / "out/dtgen.sarif").read_text() == run("good.dtso", "--format", "sarif")[1]
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["dtgen.sarif"]


def test_nothing_is_written(run: Run, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    run()
    assert sorted(tmp_path.rglob("*")) == before


def test_several_processes_at_once(run: Run, tmp_path: Path) -> None:
    cache = str(tmp_path.parent / f"{tmp_path.name}-cache")
    running = [start(tmp_path, "-q", DTGEN_CACHE=cache) for _ in range(3)]
    assert [process.communicate() for process in running] == [("", "")] * 3
    assert [process.returncode for process in running] == [0] * 3


@pytest.mark.parametrize("whom", ["the first process", "all"])
def test_an_interrupt_ends_it_at_once(run: Run, tmp_path: Path, whom: str) -> None:
    """With a dtc that does not end; the processes of the pool and their files are gone, too."""
    slow = tmp_path / "slow-dtc"
    slow.write_text(
        '#!/bin/sh\ncase "$1" in --version) exec dtc "$@";; esac\n: > "$0.begun"\nexec sleep 1000\n'
    )
    slow.chmod(0o755)
    for number in range(6):
        (tmp_path / f"{number}.dtso").write_text(GOOD)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    command = [sys.executable, "-m", "dtgen", "check"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DTC": str(slow), "TMPDIR": str(temporary)}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    await_all(slow.with_name("slow-dtc.begun").exists)
    if whom == "all":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    _, error = process.communicate()
    assert (process.returncode, error.strip()) == (130, "dtgen: interrupted")
    assert list(temporary.iterdir()) == []


def test_help_has_examples(run: Run) -> None:
    assert re.search(r"Examples:\n\s+dtgen check\n", run("--help")[1])
