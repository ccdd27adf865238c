"""`dtgen check`, `format`, `validate`, `build`: one bad file is a result among others."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from io import IOBase
from pathlib import Path
from typing import IO

import pytest
from running import dtgen

from dtgen.commands.check import check
from dtgen.commands.check_bases import Options
from dtgen.dts import compiler
from dtgen.jobs import children

HEAD = "// SPDX-License-Identifier: MIT\n/* Of a test. */\n\n/dts-v1/;\n/plugin/;\n\n"
GOOD = HEAD + '&soc {\n\tstatus = "okay";\n};\n'
BASE = '/dts-v1/;\n/ { compatible = "v,b"; model = "B"; #address-cells = <1>; #size-cells = <1>; soc: soc { }; };\n'

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """In a kernel tree's directory of sources without bindings, `v`."""
    sources = tmp_path / "arch/arm64/boot/dts/v"
    sources.mkdir(parents=True)
    (sources / "Makefile").write_text(
        "b-x-dtbs := b.dtb \\\n\tx.dtbo\ngone-x-dtbs := gone.dtb x.dtbo\nb-y-dtbs := b.dtb y.dtbo\n"
    )
    (sources / "b.dts").write_text(BASE)
    (sources / "x.dtso").write_text(GOOD)
    (sources / "y.dtso").write_text(GOOD)

    def execute(*arguments: str, **variables: str) -> tuple[int, str, str]:
        done = dtgen(*arguments, cwd=sources, **variables)
        return done.returncode, done.stdout, done.stderr

    return execute


@pytest.fixture
def here(tmp_path: Path, run: Run) -> Path:
    return tmp_path / "arch/arm64/boot/dts/v"


def test_a_base_that_is_not_there_is_a_finding_of_its_overlay(run: Run) -> None:
    assert run("check", "x.dtso", "y.dtso") == (
        1,
        "Makefile:3: error: there is no gone.dts, which x.dtso is applied to [missing-base]\n"
        "    3 | gone-x-dtbs := gone.dtb x.dtbo\n"
        "    on gone.dts\n"
        "checked 2 files (2 overlays): 1 error\n",
        "",
    )


def test_sources_without_bindings_are_checked_with_the_built_in_ones(run: Run, here: Path) -> None:
    (here / "Makefile").unlink()
    (here / "dtgen.toml").write_text('[[overlay]]\nfiles = "x.dtso"\nbases = ["b.dts"]\n')
    assert run("check", "x.dtso") == (0, "checked 1 file (1 overlay): no findings\n", "")


def test_a_base_of_the_settings_that_is_not_there(run: Run, here: Path) -> None:
    (here / "dtgen.toml").write_text('[[overlay]]\nfiles = "x.dtso"\nbases = ["none.dtb", "b.dts"]\n')
    code, out, error = run("check", "-q", "x.dtso")
    assert (code, out, error) == (
        1,
        "dtgen.toml:3: error: there is no none.dtb, which x.dtso is applied to [missing-base]\n"
        "    on none.dtb\n",
        "",
    )


def test_a_base_of_the_command_line_that_is_not_there_ends_the_run(run: Run) -> None:
    assert run("check", "--base", "none.dtb", "x.dtso", "y.dtso") == (
        2,
        "",
        "dtgen: error: cannot read none.dtb: No such file or directory\n",
    )


def test_what_cannot_be_read_is_a_finding_among_others(run: Run, here: Path) -> None:
    (here / "Makefile").unlink()
    for name in ("a.dts", "b.yaml", "c.dtbo"):
        (here / name).symlink_to(f"nowhere-{name}")
    code, out, error = run("check", ".")
    assert (code, error) == (1, "")
    for name in ("a.dts", "b.yaml", "c.dtbo"):
        assert f"{name}: error: cannot read {name}: No such file or directory [unreadable]\n" in out
    assert out.endswith("checked 5 files (1 blob, 2 overlays, 2 unreadable files): 5 errors\n")


def test_a_source_that_includes_itself_and_a_pipe_do_not_stop_the_others(run: Run, here: Path) -> None:
    (here / "pipes").mkdir()
    for name in ("a.dtb", "b.dts", "c.dtso", "d.yaml", "extlinux.conf"):
        os.mkfifo(here / "pipes" / name)
    (here / "pipes/e.dtso").write_text(HEAD + '/include/ "e.dtso"\n&soc {\n};\n')
    (here / "pipes/f.dtso").write_text(GOOD)
    code, out, error = run("check", "pipes")
    assert (code, error) == (1, "")
    for name in ("a.dtb", "b.dts", "c.dtso", "d.yaml", "extlinux.conf"):
        message = f"cannot read pipes/{name}: it is a pipe, and nobody writes to it [unreadable]"
        assert f"pipes/{name}: error: {message}\n" in out
    assert "pipes/e.dtso: error: Includes nested too deeply [dtc]\n" in out
    assert "checked 7 files" in out


def test_what_dtc_hangs_on_is_named_and_the_others_are_checked(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dtc is taken to be at its limit with sources that say so: real ones might be on a busy machine."""
    run, (dtc,) = children.run, compiler.find_dtc().words

    def limited(
        command: Sequence[str], timeout: float, stdin: IO[bytes] | int
    ) -> subprocess.CompletedProcess[bytes]:
        if command[:3] == [dtc, "-I", "dts"] and isinstance(stdin, IOBase):
            source = stdin.read()
            stdin.seek(0)
            if b"endless" in source:
                raise subprocess.TimeoutExpired(command, timeout)
        return run(command, timeout, stdin)

    (here / "x.dtso").write_text(GOOD.replace("okay", "endless"))
    (here / "Makefile").write_text("b-y-dtbs := b.dtb y.dtbo\nc-y-dtbs := c.dtb y.dtbo\n")
    (here / "c.dts").write_text(BASE.replace("v,b", "v,endless"))
    monkeypatch.setattr(children, "run", limited)
    monkeypatch.chdir(here)
    result = check(
        (Path("x.dtso"), Path("y.dtso")), Options(), tmp_path / "cache", lambda what, done, of: None
    )
    assert [(str(d.location), d.rule, d.message) for f in result.files for d in f.all_diagnostics] == [
        ("x.dtso", "dtc:timeout", f"{dtc} did not end within 60 s"),
        ("c.dts", "dtc:timeout", f"{dtc} did not end within 60 s"),
    ]
    assert [tree.validated for tree in result.files[1].trees] == [True, False]


def test_format_goes_on_after_files_that_are_missing_or_include_what_is_missing(run: Run, here: Path) -> None:
    (here / "x.dtso").write_text(HEAD.replace("/plugin/;", '/plugin/;\n\n#include "none.h"'))
    (here / "y.dtso").write_text(GOOD.replace("\t", "  "))
    code, out, error = run("format", "none.dtso", "x.dtso", "y.dtso")
    assert (code, error) == (1, "")
    assert out == (
        "none.dtso: error: cannot read none.dtso: No such file or directory [unreadable]\n"
        "x.dtso:7:10: error: none.h: No such file or directory [cpp]\n"
        '    7 | #include "none.h"\n'
        "      |          ^^^^^^^^\n"
        "    help: give its directory with -I DIR, or the kernel tree with --kernel DIR\n"
        "formatted y.dtso\n"
        "1 file formatted, 2 files refused\n"
    )
    assert (here / "y.dtso").read_text() == GOOD


def test_build_all_goes_on_after_a_description_that_cannot_be_read(run: Run, here: Path) -> None:
    (here / "boards").mkdir()
    (here / "boards/mine.yaml").symlink_to("nowhere")
    (here / "templates").mkdir()
    code, out, error = run("build", "--all", "-q", "-o", "out")
    assert (code, error) == (1, "")
    assert (
        "boards/mine.yaml: error: cannot read boards/mine.yaml: No such file or directory [unreadable]\n"
        in out
    )
    assert (here / "out/lemans/lemans-el2.dtbo").exists()


@pytest.mark.parametrize("command", ["check", "validate"])
@pytest.mark.parametrize("output", ["b.dts", "y.dtso", "Makefile"])
def test_a_report_overwrites_no_input(run: Run, here: Path, command: str, output: str) -> None:
    before = (here / output).read_bytes()
    given = (".", "Makefile") if output == "Makefile" else (".",)
    assert run(command, *given, "--format", "json", "--output", output) == (
        2,
        "",
        f"dtgen: error: the output {output} is one of the inputs\n    help: write to another file\n",
    )
    assert (here / output).read_bytes() == before


def test_links_that_lead_in_a_circle_do_not_stop_the_others(run: Run, here: Path) -> None:
    names = ("a.dts", "b.dtso", "c.dtb", "d.yaml")
    (here / "loops").mkdir()
    for name in names:
        (here / "loops" / name).symlink_to(name)
    (here / "loops/e.dtso").write_text(GOOD)
    code, out, err = run("check", "loops")
    assert (code, err) == (1, "")
    assert [line for line in out.splitlines() if "[unreadable]" in line] == [
        f"loops/{name}: error: cannot read loops/{name}: Too many levels of symbolic links [unreadable]"
        for name in names
    ]
    assert "checked 5 files" in out
