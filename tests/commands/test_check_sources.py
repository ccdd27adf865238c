"""`dtgen check` and `dtgen format` on sources as the kernel compiles them; one run for all."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import dtgen

HEAD = "// SPDX-License-Identifier: MIT\n/* Of a test. */\n\n/dts-v1/;\n/plugin/;\n\n"
CLEAN = {
    # a comment at the end of cells
    "cells": HEAD + "&{/} {\n\tlevels = <0 1 4 /* level */>, </* none */ 0>;\n};\n",
    "dtc-include": HEAD + '&{/} {\n\t/include/ "inc/frag.dtsi"\n};\n',
    "incbin": HEAD + '&{/} {\n\tdata = /incbin/("inc/blob.bin", 0, 2);\n};\n',
    # no directive, and cpp runs all the same
    "timestamp": HEAD + "&{/} {\n\tmade = __TIMESTAMP__, __DATE__, __TIME__;\n};\n",
    "blocks": HEAD + '/include/ "inc/blocks.dtsi"\n',
    "along": HEAD + '#include "along.dtsi"\n',
}
FINDINGS = {
    "crlf": (
        (HEAD + "&{/} {\n\ta;\n};\n").replace("\n", "\r\n"),
        "crlf.dtso:1: warning: the lines end with CR LF, as on Windows [unformatted]\n"
        "    help: dtgen format crlf.dtso\n",
    ),
    "none": (
        HEAD + '&{/} {\n\t/include/ "inc/none.dtsi"\n};\n',
        "none.dtso:8: error: inc/none.dtsi: No such file or directory [dtc]\n"
        "    help: give its directory with -I DIR, or the kernel tree with --kernel DIR\n",
    ),
    "undefined": (
        HEAD + "#include <dt-bindings/two.h>\n\n&{/} {\n\tinterrupts = <TWO ONE 12>;\n};\n",
        "undefined.dtso:10:20: error: ONE is not defined [dtc]\n    help: #include <dt-bindings/one.h>\n",
    ),
    "misspelled": (
        HEAD + "&{/} {\n\tinterrupts = <0>, <(ONEE | 1)>;\n};\n",
        "misspelled.dtso:8:22: error: ONEE is not defined [dtc]\n"
        "    help: no header of the kernel defines it: is it misspelled?\n",
    ),
}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name, text in (CLEAN | {name: text for name, (text, _) in FINDINGS.items()}).items():
        (tmp_path / f"{name}.dtso").write_text(text, newline="")
    for name in ("inc", "else/dt-bindings", "else/inc"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "inc/frag.dtsi").write_text("one { };\n")
    (tmp_path / "inc/blocks.dtsi").write_text("&{/} {\n\ta;\n};\n\n&{/soc} {\n\tb;\n};\n")
    (tmp_path / "inc/blob.bin").write_text("data")
    (tmp_path / "else/along.dtsi").write_text('&{/} {\n\t/include/ "inc/along.dtsi"\n};\n')
    (tmp_path / "else/inc/along.dtsi").write_text("along { };\n")
    (tmp_path / "else/dt-bindings/one.h").write_text("#define ONE 1\n")
    (tmp_path / "else/dt-bindings/two.h").write_text("#define TWO 2\n")
    (tmp_path / "variant.dts").write_text('#include "timestamp.dtso"\n')
    (tmp_path / "board.dts").write_text(
        '/dts-v1/;\n#include <dt-bindings/two.h>\n/ { compatible = "v,b"; model = "B"; #address-cells = <TWO>; '
        '#size-cells = <TWO>; /include/ "inc/along.dtsi" };\n'
    )
    (tmp_path / "dtgen.toml").write_text('[[overlay]]\nfiles = ["*.dtso", "variant.dts"]\nbases = []\n')
    return tmp_path


def run(directory: Path, *arguments: str) -> tuple[int, str, str]:
    done = dtgen(*arguments, cwd=directory)
    return done.returncode, done.stdout, done.stderr


def test_check(here: Path) -> None:
    names = [f"{name}.dtso" for name in (*CLEAN, *FINDINGS)]
    code, out, error = run(here, "check", "-q", "-I", "else", *names)
    assert (code, error) == (1, "")
    assert out == "".join(said for _, said in FINDINGS.values())


def test_a_header_by_an_include_and_directories_for_a_base(here: Path) -> None:
    code, out, error = run(here, "check", "-I", "else", "variant.dts", "board.dts")
    assert (code, error) == (0, "")
    assert out.endswith("checked 2 files (1 board source, 1 overlay): 2 warnings\n")


def test_format(here: Path) -> None:
    names = [f"{name}.dtso" for name in CLEAN]
    assert run(here, "format", "-I", "else", "--check", *names) == (0, f"{len(names)} files unchanged\n", "")
    assert run(here, "format", "crlf.dtso")[0] == 0
    assert b"\r" not in (here / "crlf.dtso").read_bytes()


def test_two_runs_write_the_same(here: Path) -> None:
    """As the kernel's build does where SOURCE_DATE_EPOCH is set."""
    from dtgen.dts import compiler
    from dtgen.dts.preprocessed import Preprocessed

    source = Preprocessed.of(here / "timestamp.dtso", ())
    compiled = source.overlay(compiler.find_dtc()).blob
    assert compiled
    assert b"Thu Jan  1 00:00:00 1970\0Jan  1 1970\0" + b"00:00:00\0" in compiled
