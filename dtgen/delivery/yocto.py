"""Yocto's tables for Qualcomm's FIT image (meta-qcom): `FIT_DTB_COMPATIBLE[qcom_board] = "base overlay"`."""

from __future__ import annotations

import re

from dtgen.delivery.plan import Plan, Render
from dtgen.delivery.table import Configuration, Form, Piece, Table, bounded, logical_lines, malformed
from dtgen.diagnostics import Location

_VARIABLE = "FIT_DTB_COMPATIBLE"
_START = re.compile(rf"\s*{_VARIABLE}\[")
# Source: __config_regexp__ in BitBake's lib/bb/parse/parse_py/ConfHandler.py
_ENTRY = re.compile(rf"\s*{_VARIABLE}\[(?P<key>[a-zA-Z0-9\-_+.]+)\]\s*(?:\?\??|:|)=\s*(?P<quote>['\"])")
_WORD = re.compile(r"\S+")


def mentions(text: str) -> bool:
    """Whether a file has such entries."""
    return any(map(_START.match, text.split("\n")))


def read(text: str, file: str) -> Table:
    """Other variables are passed over. Raises: Rejected."""
    found: list[Configuration] = []
    for number, parts in logical_lines(text):
        if parts[0][1].lstrip().startswith("#") or not _START.match(parts[0][1]):
            continue
        found.append(_entry(number, parts, file))
    return Table(file, Form.YOCTO, bounded(found, file))


def _entry(number: int, parts: list[tuple[int, str]], file: str) -> Configuration:
    whole = "".join(part for _, part in parts)
    entry = _ENTRY.match(whole)
    where = Location(file, number, len(whole) - len(whole.lstrip()) + 1)
    form = f'{_VARIABLE}[qcom_BOARD] = "BASE OVERLAY …"'
    if entry is None:
        raise malformed("BitBake does not read this entry", where, f"write {form}")
    end = whole.rstrip()
    if len(end) <= entry.end() or not end.endswith(entry["quote"]):
        raise malformed("the entry's quote is not closed", where, f"write {form}")
    value = whole[entry.end() : len(end) - 1]
    if entry["quote"] in value:
        raise malformed("something follows the entry's value", where, f"write {form}")
    pieces = tuple(
        Piece(word[0], _place(parts, entry.end() + word.start(), file)) for word in _WORD.finditer(value)
    )
    key = entry["key"]
    return Configuration(key, where, pieces, compatible_of(key))


def _place(parts: list[tuple[int, str]], offset: int, file: str) -> Location:
    for number, part in parts:
        if offset < len(part):
            return Location(file, number, offset + 1)
        offset -= len(part)
    return Location(file, parts[-1][0])


def compatible_of(key: str) -> str:
    """`qcom,qcs9075-iot` of `qcom_qcs9075-iot`: a flag's name cannot hold a comma."""
    return key.replace("_", ",", 1)


def key_of(compatible: str) -> str:
    """`qcom_qcs9075-iot` of `qcom,qcs9075-iot`."""
    return compatible.replace(",", "_")


def write(plan: Plan, render: Render) -> dict[str, str]:
    """`fit-dtb-compatible.inc`: an entry for each world, and the overlay for KERNEL_DEVICETREE."""
    lines = [
        {"key": key_of(compatible), "stack": " ".join(name.replace(",", "_") for name in stack)}
        for entry in plan.entries
        for compatible, stack in plan.choices(entry)
    ]
    directory = next((entry.directory for entry in plan.entries), "")
    values = {**plan.values, "lines": lines, "overlay": f"{directory}/{plan.overlay}".lstrip("/")}
    return {"fit-dtb-compatible.inc": render("yocto.j2", values)}
