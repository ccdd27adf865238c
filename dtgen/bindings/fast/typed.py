"""A property's bytes as the value that dtschema makes of them, by the types that schemas give to its name.

Source: prop_value(), bytes_to_string() and get_stride() in dtschema's dtb.py, as of 2026.9.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from typing import Any

from dtgen.bindings.fast.types import Dimensions, Types
from dtgen.validity.parts import Doubt

Read = Callable[[bytes, str], Any]
"""From a value that is not empty, and the name of its node. Raises: Doubt, where dtschema is to be asked."""


class SizedInt(int):
    """An integer that has not 32 bits, which is what dtschema takes any other one for."""

    size: int


class _Int8(SizedInt):
    size = 8


class _Int16(SizedInt):
    size = 16


class _Int64(SizedInt):
    size = 64


# the format of struct, the bytes, and what dtschema is to know the size by
_FORMATS: dict[str, tuple[str, int, type[int]]] = {
    "int8": ("b", 1, _Int8), "uint8": ("B", 1, _Int8), "int16": ("h", 2, _Int16), "uint16": ("H", 2, _Int16),
    "int32": ("i", 4, int), "uint32": ("I", 4, int), "int64": ("q", 8, _Int64), "uint64": ("Q", 8, _Int64),
    "phandle": ("I", 4, int), "address": ("I", 4, int),
}  # fmt: skip
_STRINGS = frozenset(("string", "string-array"))
_UNSIGNED = {f"int{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)}
_OF_8 = frozenset(("int64", "uint64", "int64-array", "uint64-array"))
_OF_4 = frozenset(("int32", "uint32", "int32-array", "uint32-array", "phandle", "phandle-array"))
_OF_2 = frozenset(("int16", "uint16", "int16-array", "uint16-array"))
_ONE_OF_4 = frozenset(("int32", "uint32", "phandle"))
_ONE_OF_2 = frozenset(("int16", "uint16"))
_ONE_OF_1 = frozenset(("int8", "uint8"))


def reader(types: Types, name: str) -> Read:
    """What reads the values of a property of this name."""
    found = frozenset(types.of(name)) - {"node"}
    dimensions = None if name == "iommu-map" else types.dimensions(name)
    if not found:
        return lambda value, node: value
    if len(found) > 1:
        return partial(_of_several, found, dimensions, name)
    (only,) = found
    return _of_one(only, dimensions)


def _of_one(type_: str, dimensions: Dimensions | None) -> Read:
    if type_.startswith("string"):
        return _texts
    kind = type_.split("-", 1)[0]
    if kind not in _FORMATS:
        return _doubted
    format, size, sized = _FORMATS[kind]
    unpacked = _numbers(type_, format, size, sized)
    if _is_matrix(type_):
        if dimensions is None:
            return lambda value, node: [unpacked(value)]
        return lambda value, node: _rows(unpacked(value), dimensions)
    if "array" in type_:
        return lambda value, node: unpacked(value)

    def one_or_all(value: bytes, node: str) -> Any:
        numbers = unpacked(value)
        return numbers[0] if len(numbers) == 1 else numbers

    return one_or_all


def _numbers(type_: str, format: str, size: int, sized: type[int]) -> Callable[[bytes], list[int]]:
    def numbers(value: bytes) -> list[int]:
        count, rest = divmod(len(value), size)
        if rest:
            raise Doubt(type_)
        found = struct.unpack(f">{count}{format}", value)
        return list(found) if sized is int else [sized(number) for number in found]

    return numbers


def _is_matrix(type_: str) -> bool:
    return "matrix" in type_ or type_ in ("phandle", "phandle-array", "address")


def _texts(value: bytes, node: str) -> Any:
    if not value.endswith(b"\0"):
        return value
    return value[:-1].decode("ascii").split("\0")


def _doubted(value: bytes, node: str) -> Any:
    raise Doubt("type")


def _rows(numbers: list[int], dimensions: Dimensions) -> list[list[int]]:
    count = len(numbers)
    columns = _columns(count, dimensions)
    return [numbers[start : start + columns] for start in range(0, count, columns)]


def _columns(count: int, dimensions: Dimensions) -> int:
    (least_rows, most_rows), (least, most) = dimensions
    for rows in range(least_rows, (most_rows or count) + 1):
        for columns in range(least, (most or count) + 1):
            if rows * columns == count:
                return columns
    if least > 0 and least == most:
        return least
    if least_rows > 0 and least_rows == most_rows:
        return int(count / least_rows)
    return count


def _of_several(
    types: frozenset[str], dimensions: Dimensions | None, name: str, value: bytes, node: str
) -> Any:
    """Where the length or the looks of a value decide between types."""
    left = _possible(types, len(value))
    matrices = {type_ for type_ in left if "matrix" in type_ or type_ == "phandle-array"}
    if len(left) < 2:
        return _of_one(next(iter(left)), dimensions)(value, node) if left else value
    if name in ("dma-masters", "mode-gpios") or (name == "gpios" and "hog" not in node):
        return _of_one("phandle-array", dimensions)(value, node)
    if name == "gpios":
        return _of_one("uint32-matrix", dimensions)(value, node)
    if name == "cooling-levels":
        is_wide = value[0] == 0 and value[1] == 0
        return _of_one("uint32-array" if is_wide else "uint8-array", dimensions)(value, node)
    others = left - _STRINGS
    if others != left:
        texts = _printable(value)
        if texts or not others:
            return texts or value
    else:
        others -= matrices
        if not matrices or len(others) != 1:
            raise Doubt("types")
        (scalar,) = others
        least = (dimensions[1][0] or 1) * dimensions[0][0] if dimensions else 1
        if len(value) / _FORMATS[scalar][1] < least:
            return _of_one(scalar, [[1, 1], [1, 1]])(value, node)
        others = frozenset(matrices)
    if len(others) > 1:
        raise Doubt("types")
    return _of_one(next(iter(others)), dimensions)(value, node)


def _possible(types: frozenset[str], size: int) -> frozenset[str]:
    """Those that a value of so many bytes may have."""
    without = {"flag"}
    for step, of_step in ((8, _OF_8), (4, _OF_4), (2, _OF_2)):
        if size % step:
            without |= of_step
    without |= _ONE_OF_4 if size > 4 else _OF_8
    without |= _ONE_OF_2 if size > 2 else _OF_4
    without |= _ONE_OF_1 if size > 1 else _OF_2
    left = types - without
    return left - {unsigned for signed, unsigned in _UNSIGNED.items() if signed in left}


def _printable(value: bytes) -> list[str] | None:
    """Texts, where they look like ones."""
    if not value.isascii():
        return None
    *texts, end = value.decode("ascii").split("\0")
    return texts if texts and not end and all(text and text.isprintable() for text in texts) else None
