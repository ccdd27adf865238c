"""dtschema's decoder, which is not the same in all releases of dtschema.

Source: dtschema/dtb.py and DTValidator.decode_dtb() of 2026.4, 2026.6 and 2026.9.
"""

from __future__ import annotations

import contextlib
import inspect
import io
from collections.abc import Callable, Iterator
from typing import Any

_TABLES = ("phandles", "phandle_loc")
_TEXTS = ("aliases", "__fixups__")
"""Nodes whose properties are texts, whatever the schemas say."""


def decode(validator: Any, decoder: Any, data: bytes) -> tuple[dict[str, Any], list[str]]:
    """The root node, and what dtschema says that it cannot decode.

    `decoder`: dtschema's module `dtb`. Releases before 2026.9 only print what they cannot decode, and
    nothing else as long as they do not fail.
    """
    for table in _TABLES:
        # another release may have no table that outlives a blob
        if hasattr(decoder, table):
            getattr(decoder, table).clear()
    told: list[str] = []
    collects = "decode_errors" in inspect.signature(validator.decode_dtb).parameters
    with contextlib.redirect_stderr(io.StringIO()) as printed:
        (root,) = validator.decode_dtb(data, told) if collects else validator.decode_dtb(data)
    return root, told if collects else printed.getvalue().splitlines()


@contextlib.contextmanager
def untyped_as_bytes(decoder: Any, types: Callable[[str], list[str]]) -> Iterator[None]:
    """Let the decoder leave values alone whose properties have no type, as that of 2026.9 does.

    Before, it took them for texts or for cells by their looks; then what it makes of them cannot be told
    from what the schemas ask for.
    """
    original = getattr(decoder, "prop_value", None)
    if original is None:
        yield  # what another release makes of them is its own
        return

    def prop_value(validator: Any, node: str, prop: Any) -> Any:
        if len(prop) and node not in _TEXTS and not {*types(prop.name)} - {"node"}:
            return bytes(prop)
        return original(validator, node, prop)

    decoder.prop_value = prop_value
    try:
        yield
    finally:
        decoder.prop_value = original
