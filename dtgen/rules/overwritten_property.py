"""Two overlays of a stack give one property different values.

Why: the later one wins, and what the earlier one was for is lost without a word. The kernel refuses such
a pair where it applies overlays itself, at run time.

Fires on:

    dsp: dsp { };
    /plugin/;
    &dsp { status = "okay"; };
    /plugin/;
    &dsp { status = "disabled"; };

Passes:

    dsp: dsp { };
    /plugin/;
    &dsp { status = "disabled"; };
    /plugin/;
    &dsp { status = "disabled"; firmware-name = "dsp.mbn"; };

Fix: write the property in one of them.

Source: overlay_apply_node() in libfdt's fdt_overlay.c; find_dup_cset_prop() in the kernel's
drivers/of/overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree import diff
from dtgen.devicetree.tree import Tree
from dtgen.devicetree.values import value_text
from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.stack import Step

ID = "overwritten-property"


def check(step: Step) -> Iterator[Finding]:
    tree = step.merged.tree
    for earlier in reversed(step.earlier):
        for subject in step.merged.origins:
            name, before = subject.property, earlier.merged
            if not name or name == "phandle" or subject not in before.origins:
                continue
            if not _equal(before.tree, tree, subject):
                yield Finding(
                    subject,
                    f"{name} of {tree.name_of(subject.path)} is {_text(before.tree, subject)} "
                    f"in {earlier.layer.file} and {_text(tree, subject)} in {step.layer.file}, "
                    "which would win",
                    "write it in one of them; the kernel refuses such a pair at run time",
                )


def _equal(old: Tree, new: Tree, subject: Subject) -> bool:
    name = subject.property or ""
    before, after = old.nodes[subject.path], new.nodes[subject.path]
    return diff.same(old, before, before.properties[name], new, after, after.properties[name])


def _text(tree: Tree, subject: Subject) -> str:
    node = tree.nodes[subject.path]
    return value_text(tree, node, node.properties[subject.property or ""]) or "set"
