"""Two carveouts overlap.

Why: both users write to the memory that they have in common. The kernel prints both and goes on.

Says:

    [    0.000000] OF: reserved mem: OVERLAP DETECTED!
    [    0.000000] memory@86000000 (0x86000000--0x8ec00000) overlaps with memory@8b700000 (0x8b700000--0x8b710000)
    -- says
    certain: the carveouts memory@86000000 and memory@8b700000 overlap

Silent:

    [    0.000000] OF: reserved mem: 0x90000000..0x905fffff (6144 KiB) nomap non-reusable hyp@90000000

Fix: `dtgen memory` shows the map. Move or shrink the one that the overlay wrote; where the base has both, it is
the base's defect.

Source: __rmem_check_for_overlap() in the kernel's drivers/of/of_reserved_mem.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.devicetree.tree import Node
from dtgen.diagnostics import Subject

ID = "carveout-overlap"

_RULE = "reserved-overlap"


def check(case: Case) -> Iterator[Verdict]:
    for event in case.of("reserved-overlap"):
        first, second = event.get("first"), event.get("second")
        wrote = _written(case, first, second)
        if case.edits.known and not wrote and case.tree:
            yield Verdict(
                Confidence.INFO,
                f"the carveouts {first} and {second} overlap, and both are the base's",
                (event,),
                tree=tuple(_facts(case, first, second)),
                follows=tuple(case.of("reserved-overlap-begins")),
            )
            continue
        subject = Subject(wrote.path, "reg") if wrote else None
        change = case.edits.at(subject, f"move or shrink {wrote.name}") if subject and wrote else None
        yield Verdict(
            Confidence.CERTAIN,
            f"the carveouts {first} and {second} overlap",
            (event,),
            tree=tuple(_facts(case, first, second)),
            change=change
            or Remedy("move or shrink the carveout that is yours; `dtgen memory` shows the map"),
            verify="dmesg | grep 'OVERLAP DETECTED'",
            follows=tuple(case.of("reserved-overlap-begins")),
            rule=_RULE if wrote else "",
            subject=subject,
        )


def _nodes(case: Case, *names: str) -> Iterator[Node]:
    if case.tree:
        yield from (c.node for c in case.tree.system.carveouts if c.node.name in names)


def _written(case: Case, *names: str) -> Node | None:
    """The one that the overlay wrote."""
    return next((node for node in _nodes(case, *names) if case.edits.wrote(Subject(node.path))), None)


def _facts(case: Case, *names: str) -> Iterator[str]:
    for node in _nodes(case, *names):
        assert case.tree
        carveout = next(c for c in case.tree.system.carveouts if c.node is node)
        users = [case.tree.system.tree.name_of(path) for path in case.tree.users_of(carveout)]
        yield f"{case.tree.name(node)} is used by {', '.join(users) or 'nobody'}"
