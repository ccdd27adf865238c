"""ukify's configuration: the devicetrees of a unified kernel image (`DeviceTree=`, `DeviceTreeAuto=`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dtgen.delivery.plan import INITRD, KERNEL, Plan, Render
from dtgen.delivery.table import Configuration, Form, Piece, Table, bounded
from dtgen.diagnostics import Location

_SECTION = re.compile(r"\[(?P<name>[^]]*)\]\s*$")
_SETTING = re.compile(r"(?P<key>\w+)\s*=\s*(?P<value>.*?)\s*$")
_WORD = re.compile(r"\S+")
_KEYS = ("devicetree", "devicetreeauto")


def mentions(text: str) -> bool:
    """Whether a file is ukify's, and names devicetrees."""
    return any(_settings(text))


def read(text: str, file: str) -> Table:
    """One configuration a devicetree: systemd-stub applies no overlays."""
    found = [
        Configuration(key, piece.location, (piece,))
        for key, number, start, value in _settings(text)
        for piece in _pieces(value, number, start, file)
    ]
    return Table(file, Form.UKI, bounded(found, file))


def _settings(text: str) -> Iterator[tuple[str, int, int, str]]:
    """Key, line, column from 0 and value; an indented line goes on with the value above it."""
    section = key = ""
    for number, written in enumerate(text.split("\n"), 1):
        line = written.partition("#")[0].rstrip()
        header, setting = _SECTION.match(line), _SETTING.match(line)
        if line[:1].isspace():
            start, value = len(line) - len(line.lstrip()), line.strip()
        elif header:
            section, key = header["name"], ""
            continue
        elif setting:
            key, start, value = setting["key"], setting.start("value"), setting["value"]
        else:
            key = "" if line else key
            continue
        if section == "UKI" and key.lower() in _KEYS:
            yield key, number, start, value


def _pieces(value: str, number: int, start: int, file: str) -> Iterator[Piece]:
    for word in _WORD.finditer(value):
        yield Piece(word[0], Location(file, number, start + word.start() + 1))


def write(plan: Plan, render: Render) -> dict[str, str]:
    """`NAME.uki.conf`, one a base, for `ukify build --config`; with the merged devicetree."""
    here = {**plan.values, "kernel": KERNEL.lstrip("/"), "initrd": INITRD.lstrip("/")}
    return {f"{entry.merged}.uki.conf": render("uki.j2", {**here, "entry": entry}) for entry in plan.entries}
