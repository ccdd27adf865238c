"""What decoders of other releases do, with ones that do no more."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from dtgen.bindings import dtschema


class Printing:
    """As before 2026.9."""

    def decode_dtb(self, dtb: bytes) -> list[dict[str, Any]]:
        sys.stderr.write("a: size (1) error for type uint32\nb: boolean property with value b'\\n'\n")
        return [{"of": dtb}]


class Collecting:
    """As of 2026.9."""

    def decode_dtb(self, dtb: bytes, decode_errors: list[str] | None = None) -> list[dict[str, Any]]:
        sys.stderr.write("a: property has multiple types: {}\n")
        assert decode_errors is not None
        decode_errors.append("b: boolean property with value b'\\n'")
        return [{"of": dtb}]


def test_what_is_printed_and_what_is_collected_is_told_alike(capsys: pytest.CaptureFixture[str]) -> None:
    boolean = r"b: boolean property with value b'\n'"
    decoder = SimpleNamespace()
    size = "a: size (1) error for type uint32"
    assert dtschema.decode(Printing(), decoder, b"x") == ({"of": b"x"}, [size, boolean])
    assert dtschema.decode(Collecting(), decoder, b"x") == ({"of": b"x"}, [boolean])
    assert capsys.readouterr() == ("", "")


def test_tables_of_the_blob_before_are_forgotten() -> None:
    decoder = SimpleNamespace(phandles={1: {}}, phandle_loc=["/n:clocks:0"])
    dtschema.decode(Printing(), decoder, b"x")
    assert (decoder.phandles, decoder.phandle_loc) == ({}, [])


class Prop(bytes):
    name = "prop"


@pytest.mark.parametrize(
    ("node", "value", "types", "decoded"),
    [
        ("n", b"\0\0\0\1", [], b"\0\0\0\1"),
        ("n", b"\0\0\0\1", ["node"], b"\0\0\0\1"),
        ("n", b"\0\0\0\1", ["uint32"], "decoded"),
        ("n", b"", [], "decoded"),
        ("aliases", b"/n\0", [], "decoded"),
    ],
)
def test_a_value_without_a_type_is_bytes(node: str, value: bytes, types: list[str], decoded: object) -> None:
    def original(*_: object) -> str:
        return "decoded"

    decoder = SimpleNamespace(prop_value=original)
    with dtschema.untyped_as_bytes(decoder, lambda name: types):
        assert decoder.prop_value(None, node, Prop(value)) == decoded
    assert decoder.prop_value is original
    with dtschema.untyped_as_bytes(SimpleNamespace(), lambda name: types):
        pass
