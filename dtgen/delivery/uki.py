"""ukify's configuration: the devicetrees of a unified kernel image (`DeviceTree=`, `DeviceTreeAuto=`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dtgen.delivery.plan import INITRD, KERNEL, Plan, Render
from dtgen.delivery.table import Configuration, Form, Piece, Table, bounded
from dtgen.diagnostics import Location

_SECTION = re.compile(r"\s*\[(?P<name>[^]]*)\]\s*$")
_SETTING = re.compile(r"\s*(?P<key>\w+)\s*=\s*(?P<value>.*?)\s*$")
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
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        header, setting = _SECTION.match(line), _SETTING.match(line)
        if header:
            section = header["name"]
        elif section == "UKI" and setting and setting["key"].lower() in _KEYS:
            yield setting["key"], number, setting.start("value"), setting["value"]


def _pieces(value: str, number: int, start: int, file: str) -> Iterator[Piece]:
    for word in _WORD.finditer(value):
        yield Piece(word[0], Location(file, number, start + word.start() + 1))


def write(plan: Plan, render: Render) -> dict[str, str]:
    """`NAME.uki.conf`, one a base, for `ukify build --config`; with the merged devicetree."""
    here = {**plan.values, "kernel": KERNEL.lstrip("/"), "initrd": INITRD.lstrip("/")}
    return {f"{entry.merged}.uki.conf": render("uki.j2", {**here, "entry": entry}) for entry in plan.entries}
