"""A specifier or a map of the tree has the wrong number of cells, or names no provider.

Why: the kernel counts the cells that the provider asks for. Where they do not come out even it drops the whole
property, and the device goes without.

Says:

    [    1.1] OF: /soc@0/pci@1c00000: Error: Bad iommu-map length: 20
    -- says
    likely: iommu-map of /soc@0/pci@1c00000 is malformed

Silent:

    [    1.1] OF: /soc@0/pci@1c00000: iommu-map has 1-cell entries targeting 2-cell iommu, treating as 1-cell output

Fix: write as many cells as the provider's `#…-cells` says; `dtgen validate` names the entry.

Source: of_map_id() and of_phandle_iterator_next() in the kernel's drivers/of/base.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.bringup.case import Case
from dtgen.bringup.verdict import Confidence, Remedy, Verdict
from dtgen.diagnostics import Subject

ID = "malformed-map"

_RULE = "malformed-specifier"


def check(case: Case) -> Iterator[Verdict]:
    for event in case.of("bad-map"):
        path, name = event.get("node"), event.get("property") or "a specifier"
        node = case.tree.system.tree.nodes.get(path) if case.tree else None
        finding = case.tree.fires(_RULE, node) if case.tree else None
        subject = finding.subject if finding else Subject(path, event.get("property") or None)
        text = f"{path}: {subject.property or 'the property'}, with the cells that its provider asks for"
        yield Verdict(
            Confidence.CERTAIN if finding and case.exact else Confidence.LIKELY,
            f"{name} of {path} is malformed",
            (event,),
            tree=(finding.message,) if finding else (),
            change=case.edits.at(subject, text) if node else Remedy(text),
            verify="dmesg | grep 'OF: '",
            rule=_RULE if finding else "",
            subject=subject if node else None,
        )
