"""The table of dtc's checks, held against the dtc that is installed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.devicetree.tree import Tree
from dtgen.dts import compiler
from dtgen.dts.checks import CHECKS, in_newest_words

NOT_IN_ALL = {"graph_child_address", "interrupt_map", "node_name_not_empty"}
"""What dtc 1.6 or dtc 1.8 does not have."""
SILENT = {"always_fail", "omit_unused_nodes"}
"""Of a test of dtc's, and of what dtc leaves out: neither says anything."""


def knows(check: str) -> bool:
    command = [*compiler.find_dtc().words, f"-W{check}", "-o", "/dev/null", "-"]
    done = subprocess.run(command, input="/dts-v1/; / { };", capture_output=True, text=True, check=False)
    return "Unrecognized check" not in done.stderr


@pytest.mark.parametrize("check", sorted(CHECKS.keys() - NOT_IN_ALL))
def test_dtc_has_it(check: str) -> None:
    assert knows(check)


def test_all_of_dtcs_are_here() -> None:
    """Its program has their names among its strings."""
    (program,) = compiler.find_dtc().words
    strings = set(re.findall(rb"[a-z][a-z0-9_]{5,48}(?=\0)", Path(program).read_bytes()))
    names = {string.decode() for string in strings if b"_" in string}
    endings = ("_property", "_is_cell", "_format", "_reg", "_bridge", "_chars", "_references", "_address")
    likely = {name for name in names if name.endswith(endings)} - CHECKS.keys()
    assert {name for name in likely if knows(name)} <= SILENT


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_says_what_it_means_in_a_sentence(check: str) -> None:
    summary, _, rest = CHECKS[check].documentation.partition("\n\n")
    assert re.fullmatch(r"[A-Z`/].{10,160}\.", summary)
    assert rest.startswith("Kbuild: it is ")


def test_an_older_dtc_takes_the_first_bus_for_the_last(tree: Callable[[str], Tree]) -> None:
    board = tree("/ { pci { bus-range = <1 3>; pci@2,0 { }; }; other { pci@2,0 { }; }; };")
    said = "PCI bus number {} out of range, expected ({} - {})"
    assert in_newest_words(said.format(2, 1, 1), "/pci/pci@2,0", board) is None
    assert in_newest_words(said.format(4, 1, 1), "/pci/pci@2,0", board) == said.format(4, 1, 3)
    for text, path in (
        (said.format(2, 0, 0), "/other/pci@2,0"),
        ("anything else", "/pci/pci@2,0"),
        ("of it", "/"),
    ):
        assert in_newest_words(text, path, board) == text
