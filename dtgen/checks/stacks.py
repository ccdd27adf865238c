"""The stacks of a table: found, applied in their order as a loader does, and held against its room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace

from dtgen.checks.pieces import Shelf, applied
from dtgen.delivery.stacks import Delivery, Found, Proof, Room, room
from dtgen.delivery.table import Configuration, Form, Table
from dtgen.devicetree import blob
from dtgen.diagnostics import Diagnostic
from dtgen.errors import Rejected
from dtgen.overlay.stack import Stack
from dtgen.records import dataclass

_SORTED_TO = 8
"""Overlays of a stack for which another order is looked for."""


@dataclass
class Prover:
    """Applies stacks; equal ones once."""

    shelf: Shelf
    _known: dict[tuple[object, ...], Proof] = field(default_factory=dict)

    def prove(self, table: Table, metadata: frozenset[str] | None) -> Delivery:
        """Every configuration of a table. Raises: ToolError."""
        proofs = tuple(self._proof(table, configuration) for configuration in table.configurations)
        return Delivery(table, proofs, metadata, self.shelf.tree is not None)

    def _proof(self, table: Table, configuration: Configuration) -> Proof:
        found: list[Found | None] = []
        broken: list[Diagnostic] = []
        for piece in configuration.pieces:
            try:
                found.append(self.shelf.find(table, configuration, piece))
            except Rejected as refusal:
                found.append(None)
                broken += refusal.diagnostics
        proof = Proof(configuration, tuple(found), tuple(broken))
        return self._applied(table.form, proof) if proof.base and proof.complete and found[1:] else proof

    def _applied(self, form: Form, proof: Proof) -> Proof:
        configuration, pieces = proof.configuration, [found for found in proof.pieces if found]
        key = (form, *((found.file, found.data) for found in pieces))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _apply(form, configuration, pieces)
        here = dict(zip(known.configuration.pieces, configuration.pieces, strict=True))
        names = {theirs.name: ours.name for theirs, ours in here.items()}
        return replace(
            known,
            configuration=configuration,
            pieces=proof.pieces,
            refused_at=here[known.refused_at] if known.refused_at else None,
            order=tuple(names[name] for name in known.order),
            cramped=replace(known.cramped, piece=here[known.cramped.piece]) if known.cramped else None,
        )


def _apply(form: Form, configuration: Configuration, pieces: Sequence[Found]) -> Proof:
    try:
        stack = applied(pieces)
    except Rejected as refusal:
        at = configuration.pieces[_refused(pieces)]
        order = tuple(configuration.pieces[index].name for index in _order(pieces))
        return Proof(configuration, tuple(pieces), (), None, refusal.diagnostics, at, order)
    cramped = _cramped(form, configuration, pieces[0].data, stack) if form.is_uboot else None
    return Proof(configuration, tuple(pieces), (), stack, cramped=cramped)


def _on(base: Found, overlay: Found) -> Found:
    """Raises: Rejected."""
    data = applied([base, overlay]).blob
    return replace(base, data=data, tree=blob.read(data, base.file))


def _refused(pieces: Sequence[Found]) -> int:
    """The index of the first overlay that cannot be applied; there is one."""
    base = pieces[0]
    for index, overlay in enumerate(pieces[1:], 1):
        try:
            base = _on(base, overlay)
        except Rejected:
            return index
    raise AssertionError("every overlay can be applied")


def _order(pieces: Sequence[Found]) -> list[int]:
    """The indexes in an order in which they can be applied: each as soon as it can, else as they stand."""
    left, base = list(range(1, len(pieces))), pieces[0]
    if len(left) > _SORTED_TO:
        return []
    found = [0]
    while left:
        for index in left:
            try:
                base = _on(base, pieces[index])
            except Rejected:
                continue
            found.append(index)
            left.remove(index)
            break
        else:
            return []
    return found


def _cramped(form: Form, configuration: Configuration, before: bytes, stack: Stack) -> Room | None:
    """Replay what U-Boot does, with the room that it gives each step."""
    for piece, step in zip(configuration.pieces[1:], stack.steps, strict=True):
        given = room(form, before, step.layer.blob)
        if not blob.fits(before, step.layer.blob, given):
            return Room(piece, given, len(step.merged.blob))
        before = step.merged.blob
    return None
