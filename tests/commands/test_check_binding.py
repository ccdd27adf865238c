"""A binding is checked with its examples, at its own lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from running import dtgen

from dtgen.bindings.select import choose_around
from dtgen.commands import check_binding
from dtgen.project import layout
from dtgen.project.layout import KernelTree

ROOT = Path(__file__).resolve().parents[2]

BINDING = """\
# SPDX-License-Identifier: GPL-2.0
%YAML 1.2
---
$id: http://devicetree.org/schemas/test/thing.yaml#
$schema: http://devicetree.org/meta-schemas/core.yaml#

title: A thing

maintainers:
  - A Person <a@example.org>

properties:
  compatible:
    const: v,thing
  reg:
    maxItems: 1

allOf:
  - $ref: mode.yaml#

required:
  - compatible
  - reg

unevaluatedProperties: false

examples:
  - |
    thing@0 {
        compatible = "v,thing";
        reg = <0x0 0x4>;
        v,mode = <1>;
    };
"""
MODE = """\
%YAML 1.2
---
$id: http://devicetree.org/schemas/test/mode.yaml#
$schema: http://devicetree.org/meta-schemas/core.yaml#
title: Modes
maintainers:
  - A Person <a@example.org>
properties:
  v,mode:
    $ref: /schemas/types.yaml#/definitions/uint32
    maximum: 3
additionalProperties: true
"""

Run = Callable[[str], tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    directory = tmp_path / "bindings/test"
    directory.mkdir(parents=True)
    (directory / "mode.yaml").write_text(MODE)

    def execute(text: str) -> tuple[int, str]:
        (directory / "thing.yaml").write_text(text)
        done = dtgen("check", "-q", "bindings/test/thing.yaml", cwd=tmp_path)
        return done.returncode, (done.stdout + done.stderr).replace("bindings/test/thing.yaml", "T")

    return execute


def test_a_binding_whose_examples_agree(run: Run) -> None:
    assert run(BINDING) == (0, "")


@pytest.mark.parametrize(
    ("old", "new", "first"),
    [
        ("maxItems: 1", "maxItem: 1", "T:16: error: properties/reg: maxItem cannot be here; did you mean"),
        (
            "<0x0 0x4>;",
            "<0x0 0x4>",
            "T:31:24: error: syntax error: expected ; before line 32 [dtc]",
        ),
        ("<0x0 0x4>", "<0x0 0x4>, <0x8 0x4>", "T:31: error: reg has 2 entries, expected at most 1"),
        ("v,mode = <1>", "v,mode = <4>", "T:32: error: v,mode is 0x4, expected at most 0x3"),
        ("        reg = <0x0 0x4>;\n", "", "T:29: error: the required property reg is missing"),
        ("v,mode = <1>", "v,mood = <1>", "T:32: error: the binding does not know v,mood"),
        (
            "  - |\n",
            "  - |\n    #include <dt-bindings/none.h>\n",
            "T:29:30: error: the example: no include path in which to search for dt-bindings/none.h",
        ),
        ("    };\n", "", "T:29:5: error: syntax error: the block of thing@0 is not closed [dtc]"),
    ],
    ids=["a keyword", "a semicolon", "an entry", "a value", "a property", "a name", "a header", "a brace"],
)
def test_mistakes_stand_at_the_bindings_line(run: Run, old: str, new: str, first: str) -> None:
    code, out = run(BINDING.replace(old, new))
    assert (code, out.startswith(first)) == (1, True), out


SECOND = """\
  - |
    #include <test/b.h>
    second: thing@8 {
        compatible = "v,thing";
        reg = <A 0x4>;
        v,mode = <B>;
        v,other = <&first>;
    };
"""


def test_an_include_or_a_label_of_one_example_serves_the_next(run: Run, tmp_path: Path) -> None:
    """As dt-extract-example and kbuild have it."""
    (tmp_path / "include/test").mkdir(parents=True)
    (tmp_path / "include/test/a.h").write_text("#define A 0x8\n")
    (tmp_path / "include/test/b.h").write_text("#define B 2\n")
    (tmp_path / "arch/arm64/boot/dts").mkdir(parents=True)
    first = BINDING.replace("  - |\n", "  - |\n    #include <test/a.h>\n").replace(
        "    thing@", "    first: thing@"
    )
    assert first.count("first: ") == 1
    two = first.replace(
        "\nallOf:",
        "  v,other:\n    $ref: /schemas/types.yaml#/definitions/phandle\n    description: Another one.\n\nallOf:",
    )
    assert run(two + SECOND) == (0, "")
    code, out = run(two + SECOND.replace("<B>", "<(B + 2)>"))
    assert (code, out.splitlines()[0].partition(" error: ")[2]) == (
        1, "v,mode is 0x4, expected at most 0x3 [test/thing.yaml]",
    )  # fmt: skip
    assert out.startswith(f"T:{(two + SECOND).splitlines().index('        v,mode = <B>;') + 1}: ")
    code, out = run(two + SECOND.replace("<B>", "<C>"))
    line = (two + SECOND).splitlines().index("        v,mode = <B>;") + 1
    assert (code, out) == (
        1,
        f"T:{line}:19: error: C is not defined [dtc]\n"
        "    help: include the header that defines it; with --kernel DIR dtgen names it\n",
    )


def test_every_binding_of_remote_processors_is_right(corpus: KernelTree) -> None:
    """As `make dt_binding_check` has it; some older ones have mistakes that dt-doc-validate finds, too."""
    cache = layout.cache_directory()
    files = sorted((corpus.bindings / "remoteproc").glob("qcom,*-pas.yaml"))
    bindings = choose_around(files[0], corpus.bindings, cache, lambda what, done, of: None)
    found = [d for file in files for d in check_binding.check(file, bindings, corpus.include)]
    assert [(d.location, d.message) for d in found] == []
