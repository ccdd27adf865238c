"""An entry of a description has no value, and there is nothing that it could remove.

Why: in a description, an entry without a value (`null`) takes away what the description that it extends has
there. Where that has nothing, the name is misspelt, or something was to be written and is not: the overlay
lacks it without a word.

Fires on:

    extends: lemans
    streams: {remoteproc_gpdsp7: null}

Fires on a node that was to be disabled:

    extends: lemans
    disable: {camss: null}

Passes:

    extends: lemans
    streams: {remoteproc_gpdsp1: null}
    disable: {camss: {}}

Fix: write the name as the extended description has it; to disable or enable a node, write `{}` or a reason.

Source: RFC 7396; dtgen/description/removals.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.description.provenance import Described
from dtgen.description.removals import VainRemoval
from dtgen.diagnostics import Finding

ID = "vain-removal"


def check(described: Described) -> Iterator[Finding]:
    for removal in described.board.vain_removals:
        name, inherits = removal.keys[-1], described.board.lineage[1:]
        section = ".".join(removal.keys[:-1])
        nothing = "this description extends no other"
        if inherits:
            nothing = f"{inherits[0]} has {f'none in {section}' if section else f'no {name}'}"
        message = f"{name} has no value: that removes an inherited entry, but {nothing}"
        yield Finding.at(removal.location, message, _help(removal))


def _help(removal: VainRemoval) -> str:
    name = removal.keys[-1]
    if removal.is_switch:
        return f"write {removal.near or name}: {{}} to {removal.keys[0]} the node"
    return f"did you mean {removal.near}?" if removal.near else "give it a value, or remove the line"
