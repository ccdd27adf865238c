"""The places of an overlay that hold a phandle; every table is written by hand."""

from __future__ import annotations

import re

import pytest

from dtgen.devicetree import fixups as module
from dtgen.devicetree.fixups import Fixup, fixups, is_stray, local_fixups
from dtgen.diagnostics import Subject

BODY = "/fragment@0/__overlay__"


@pytest.fixture(scope="session")
def tables(tree):
    """An overlay with a fragment whose `y` has two cells, and these tables."""

    def literal(text: str):
        return tree(f"""
            / {{
                fragment@0 {{ target-path = "/a"; __overlay__ {{ y = <1 2>; short = [00 01]; }}; }};
                {text}
            }};""")

    return literal


def malformed(tree) -> dict[str, tuple[str, ...]]:
    """The strings that are called malformed, by label."""
    return {
        subject.property: tuple(re.findall(r'"([^"]*)"', message))
        for subject, message in module.malformed(tree)
    }


def test_a_tree_without_tables(tables):
    assert (fixups(tables("")), malformed(tables("")), list(local_fixups(tables("")))) == ({}, {}, [])


def test_a_fixup_is_a_path_a_property_and_an_offset_in_bytes(tables):
    table = tables(f'__fixups__ {{ one = "{BODY}:y:4", "{BODY}:y:0"; two = "/a:x:12"; }};')
    assert fixups(table) == {
        "one": (Fixup(BODY, "y", 4), Fixup(BODY, "y", 0)),
        "two": (Fixup("/a", "x", 12),),
    }
    assert malformed(table) == {}


@pytest.mark.parametrize("string", ["/a:x", "/a:x:0:1", ""])
def test_what_is_no_fixup_is_left_out(tables, string):
    assert fixups(tables(f'__fixups__ {{ soc = "{string}", "/a:x:4"; }};')) == {"soc": (Fixup("/a", "x", 4),)}


@pytest.mark.parametrize(
    "string",
    [
        "",
        ":",
        "::",
        "/a",
        "/a:",
        "/a:x",
        "/a:x:",
        ":x:0",
        ":x:",
        "/a::0",
        "/a::",
        "::0",
        "a:x:0",
        "/a:x:zero",
        "/a:x:0x4",
        "/a:x:4 ",
        "/a:x: 4",
        "/a:x:-4",
        "/a:x:+4",
        "/a:x:4.0",
        "/a:x:99999999999",
        "/a:x:0:0",
    ],
)
def test_a_string_that_is_no_fixup_is_malformed(tables, string):
    table = tables(f'__fixups__ {{ soc = "{string}"; }};')
    assert (malformed(table), fixups(table)) == ({"soc": (string,)}, {"soc": ()})


@pytest.mark.parametrize("at", [0, 1, 2])
def test_of_several_strings_the_bad_one_is_told(tables, at):
    strings = [f"{BODY}:y:0", f"{BODY}:y:4"]
    strings.insert(at, "/a:x")
    table = tables(f"__fixups__ {{ soc = {', '.join(map(repr, strings))}; }};".replace("'", '"'))
    assert malformed(table) == {"soc": ("/a:x",)}
    assert fixups(table) == {"soc": (Fixup(BODY, "y", 0), Fixup(BODY, "y", 4))}


def test_every_bad_string_of_every_label_is_told(tables):
    table = tables(f'__fixups__ {{ one = "x", "y"; two = "{BODY}:y:0"; three = "z"; }};')
    assert malformed(table) == {"one": ("x", "y"), "three": ("z",)}


def test_a_label_without_strings_is_malformed(tables):
    assert malformed(tables("__fixups__ { soc; };")) == {"soc": ("",)}


def test_bytes_that_are_no_text_are_malformed(tables):
    assert malformed(tables("__fixups__ { soc = [ff 00]; };")) == {"soc": ("\\xff",)}


def test_a_string_without_an_end_is_malformed(tables):
    table = tables("__fixups__ { soc = [2f 61 3a 79 3a 30]; };")  # /a:y:0
    assert list(module.malformed(table)) == [(Subject("/__fixups__", "soc"), "the last fixup has no end")]


def test_local_fixups_are_offsets_in_a_tree_of_the_same_shape(tables):
    table = tables("__local_fixups__ { fragment@0 { __overlay__ { y = <0 4>; n { z = <8>; }; }; }; };")
    assert list(local_fixups(table)) == [
        Fixup(BODY, "y", 0),
        Fixup(BODY, "y", 4),
        Fixup(f"{BODY}/n", "z", 8),
    ]


def test_a_local_fixup_of_the_root_node(tables):
    assert list(local_fixups(tables("__local_fixups__ { y = <4>; };"))) == [Fixup("/", "y", 4)]


@pytest.mark.parametrize(
    ("fixup", "stray"),
    [
        (Fixup(BODY, "y", 0), False),
        (Fixup(BODY, "y", 4), False),
        (Fixup(BODY, "y", 2), False),
        (Fixup(BODY, "y", 5), True),
        (Fixup(BODY, "y", 7), True),
        (Fixup(BODY, "y", 8), True),
        (Fixup(BODY, "y", 0xFFFFFFFF), True),
        (Fixup(BODY, "y", -4), True),
        (Fixup(BODY, "short", 0), True),
        (Fixup(BODY, "absent", 0), True),
        (Fixup("/fragment@1/__overlay__", "y", 0), True),
        (Fixup("/fragment@0", "y", 0), True),
        (Fixup("/", "y", 0), True),
    ],
)
def test_a_fixup_is_stray_where_there_is_no_such_cell(tables, fixup, stray):
    assert is_stray(tables(""), fixup) is stray
