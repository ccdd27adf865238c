"""What a description says that each of its entries may, but not together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from dtgen.description.schema import RULE
from dtgen.description.yaml import Document
from dtgen.diagnostics import Diagnostic
from dtgen.errors import Rejected, error
from dtgen.words import near_names

_ENDING = re.compile(r"\.dt[sb]o?$")


def refuse(merged: Document, own: Document, lineage: tuple[str, ...]) -> None:
    """`own`: before what it extends was merged in. Raises: Rejected with all of them."""
    found = [*_applied_on_itself(merged, lineage), *_with_ending(merged), *_strange_bases(merged, own)]
    if found:
        raise Rejected(*found)


def _applied_on_itself(merged: Document, lineage: tuple[str, ...]) -> Iterator[Diagnostic]:
    lower = merged.data.get("on")
    if lower in lineage[1:]:
        help = f"take `on` out to change {lower}'s overlay, `extends` to write another one on top of it"
        message = f"{lineage[0]} extends {lower}, and is to be applied on it, too"
        yield error(RULE, message, merged.value(("on",)), help)


def _with_ending(merged: Document) -> Iterator[Diagnostic]:
    name = merged.data["overlay"]["name"]
    if ending := _ENDING.search(name):
        help = f"write {name.removesuffix(ending[0])}, without {ending[0]}"
        yield error(RULE, f"{name} would become {name}.dtso", merged.value(("overlay", "name")), help)


def _strange_bases(merged: Document, own: Document) -> Iterator[Diagnostic]:
    """The names below `deliver:` of what is no base; inherited ones may be of bases that were replaced."""
    bases = [
        Path(base).stem if isinstance(base, str) else base["name"] for base in merged.data.get("bases", ())
    ]
    deliver = own.data.get("deliver") or {}
    for section in ("compatible", "around") if bases else ():
        for name, entry in (deliver.get(section) or {}).items():
            if entry is not None and name not in bases:
                near = near_names(name, bases)
                help = f"did you mean {near[0]}?" if near else f"its bases: {', '.join(bases)}"
                message = f"{merged.data['name']} has no base {name}"
                yield error(RULE, message, own.location(("deliver", section, name)), help)
