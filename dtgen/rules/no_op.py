"""The overlay writes what the base already says, or into a node that stays disabled.

Why: it does no harm, and an overlay for several boards cannot do without. But where it was meant to
change something, it does not: the value is the base's, or the node is off whatever is in it.

Fires on:

    iris: codec { status = "disabled"; };
    /plugin/;
    &iris { status = "disabled"; };

Fires on a node that stays disabled:

    pcie: pcie { status = "disabled"; };
    /plugin/;
    &pcie { max-link-speed = <2>; };

Passes:

    iris: codec { };
    pcie: pcie { max-link-speed = <3>; };
    /plugin/;
    &iris { status = "disabled"; };
    &pcie { max-link-speed = <2>; };

Fix: nothing, or leave it out for this base.

Source: fdt_overlay_apply() in libfdt's fdt_overlay.c; __of_device_is_available() in the kernel's
drivers/of/base.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree import diff
from dtgen.devicetree.tree import Node
from dtgen.devicetree.values import value_text
from dtgen.diagnostics import Finding, Subject
from dtgen.hardware.status import unavailable
from dtgen.hardware.system import System

ID = "no-op"

_HELP = "leave it out, unless another base needs it"


def check(system: System) -> Iterator[Finding]:
    seen: set[str] = set()
    for subject in system.merged.origins:
        if subject.property in (None, "phandle"):
            continue
        if _already(system, subject):
            yield Finding(subject, f"{_text(system, subject)} in the base already", _HELP)
            continue
        off = _stays_off(system, subject.path)
        if off and off.path not in seen:
            seen.add(off.path)
            name, below = system.tree.name_of(off.path), system.tree.name_of(subject.path)
            what = "it" if off.path == subject.path else below
            message = f"{name} stays {off.status}: what the overlay writes into {what} has no effect"
            yield Finding(Subject(subject.path), message, _HELP)


def _already(system: System, subject: Subject) -> bool:
    base, merged = system.merged.base, system.tree
    before, after = base.nodes.get(subject.path), merged.nodes[subject.path]
    was = before.properties.get(subject.property or "") if before else None
    is_ = after.properties[subject.property or ""]
    return before is not None and was is not None and diff.same(base, before, was, merged, after, is_)


def _text(system: System, subject: Subject) -> str:
    node = system.tree.nodes[subject.path]
    name = system.tree.name_of(subject.path)
    value = value_text(system.tree, node, node.properties[subject.property or ""])
    return f"{subject.property} of {name} is {value}" if value else f"{name} has {subject.property}"


def _stays_off(system: System, path: str) -> Node | None:
    """The node of the base, or the nearest above it, that was unavailable and still is."""
    base, tree = system.merged.base, system.tree
    existing = (place.path for place in (tree.nodes[path], *tree.parents(path)) if place.path in base.nodes)
    off = unavailable(base, base.nodes[next(existing)])
    return off if off and unavailable(tree, tree.nodes[off.path]) else None
