"""References by path among an overlay's cells, which dtc refuses from 1.7 on without saying where they stand.

Older releases write a fixup that libfdt cannot resolve; which label to write instead, only the base knows.
So for dtc these references become labels, and the blob has the fixups that an older one writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

from dtgen.devicetree import blob
from dtgen.devicetree.tree import FIXUPS
from dtgen.dts.lexer import Kind, Token, tokens

REFUSED = re.compile(r"Can't generate fixup for reference to path .*")
"""What dtc ends with. Source: add_fixup_entry() in livetree.c of dtc 1.7."""


def labelled(source: str, is_meant: Callable[[str], bool] = lambda path: True) -> tuple[str, dict[str, str]]:
    """The source with a label, as wide, for each path among cells that is meant; and the paths, by label."""
    labels: dict[str, str] = {}
    prefix = next(prefix for number in count() if (prefix := f"_{number:x}_") not in source)

    def text(token: Token, in_cells: bool) -> str:
        path = token.text[2:-1]
        if not in_cells or not token.text.startswith("&{") or not is_meant(path):
            return token.text
        return "&" + labels.setdefault(path, f"{prefix}{len(labels):x}".ljust(len(path) + 2, "_"))

    written = "".join(text(token, in_cells) for token, in_cells in _tokens(source))
    return written, {label: path for path, label in labels.items()}


def restored(data: bytes, paths: dict[str, str]) -> bytes:
    """The blob, whose fixups have paths again where they have the labels that stand for these."""
    tree = blob.read(data, "the overlay")
    fixups = tree.root.children[FIXUPS]
    properties = (replace(prop, name=paths.get(name, name)) for name, prop in fixups.properties.items())
    named = replace(fixups, properties={prop.name: prop for prop in properties})
    return blob.write(replace(tree.root, children={**tree.root.children, FIXUPS: named}))


def _tokens(source: str) -> Iterator[tuple[Token, bool]]:
    """Each with whether it stands among cells: between `<` and `>`, which are operators in parentheses."""
    in_cells, depth = False, 0
    for token in tokens(source):
        if not token.value:
            in_cells, depth = False, 0
        elif token.kind is Kind.PUNCTUATION:
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if token.text in "<>" and not depth:
                in_cells = token.text == "<"
        yield token, in_cells
