"""The overlay refers to a node of the base by the number of its phandle.

Why: dtc numbers the phandles anew in each tree that it compiles. The number is right for one build of one
board; in another it is that of another node, or of none, and nobody says so.

Fires on:

    smmu: iommu { #iommu-cells = <1>; phandle = <0x37>; };
    dsp: dsp { };
    /plugin/;
    &dsp { iommus = <0x37 0x3000>; };

Passes:

    smmu: iommu { #iommu-cells = <1>; };
    dsp: dsp { };
    /plugin/;
    &dsp { iommus = <&smmu 0x3000>; };

Fix: write the label in the place of the number.

Source: Devicetree Specification 2.3.3; check_phandle_prop() and the checks of properties in dtc's checks.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.cells import ID_MAPS, SPECIFIERS, id_map, specifiers
from dtgen.devicetree.tree import Node, Property, Tree
from dtgen.devicetree.values import bare_phandles
from dtgen.diagnostics import Finding
from dtgen.overlay.stack import Step

ID = "numbered-phandle"


def check(step: Step) -> Iterator[Finding]:
    """One finding for each property."""
    merged = step.merged
    for subject in merged.origins:
        node = merged.tree.nodes[subject.path]
        prop = node.properties.get(subject.property or "")
        if prop is None or len(prop.value) % 4:
            continue
        found = _by_number(merged.tree, node, prop, merged.references.get(subject, ()))
        for phandle in found:
            name_of = merged.tree.name_of
            name = name_of(merged.tree.by_phandle[phandle].path)
            yield Finding(
                subject,
                f"{phandle:#x} in {prop.name} of {name_of(node.path)} is a phandle written as a number, "
                f"that of {name} in this base alone",
                f"write {name}",
            )
            break


def _by_number(tree: Tree, node: Node, prop: Property, references: tuple[int, ...]) -> Iterator[int]:
    if prop.name in SPECIFIERS:
        for entry in specifiers(tree, prop, references):
            if entry.provider and entry.offset not in references:
                yield entry.phandle
    elif prop.name in ID_MAPS:
        at = 0
        for mapped in id_map(tree, prop):
            if mapped.phandle is not None and mapped.provider and at + 4 not in references:
                yield mapped.phandle
            at += 4 * len(mapped.cells)
    elif not references:
        yield from (phandle for phandle in bare_phandles(tree, node, prop) if phandle in tree.by_phandle)
