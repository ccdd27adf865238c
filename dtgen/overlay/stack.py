"""Several overlays on one base, in order: what each did, and where they get in each other's way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dtgen.devicetree import diff
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.devicetree.values import value_text
from dtgen.diagnostics import Finding, Severity, Subject
from dtgen.overlay.merge import Merged, merge


@dataclass(frozen=True, slots=True)
class Layer:
    """One overlay of a stack; its blob was checked."""

    overlay: Overlay
    blob: bytes

    @property
    def file(self) -> str:
        return self.overlay.tree.file


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know of a layer that was applied all the same. `finding` is about the merged tree."""

    rule: str
    severity: Severity
    layer: Layer
    finding: Finding


@dataclass(frozen=True, slots=True)
class Stack:
    """All layers applied. Each step's tree is the next one's base."""

    steps: tuple[Merged, ...]
    remarks: tuple[Remark, ...]

    @property
    def merged(self) -> Merged:
        """The steps as one; of what several layers wrote, the origin in the last of them."""
        origins = {place: origin for step in self.steps for place, origin in step.origins.items()}
        references = {place: cells for step in self.steps for place, cells in step.references.items()}
        return Merged(self.steps[0].base, self.tree, self.blob, origins, references)

    @property
    def blob(self) -> bytes:
        return self.steps[-1].blob

    @property
    def tree(self) -> Tree:
        return self.steps[-1].tree


def apply_stack(base: Tree, data: bytes, layers: Sequence[Layer]) -> Stack:
    """Apply the layers in their order; there must be one.

    Raises: NotApplicable for the first that cannot be applied; it has the layer's file.
    """
    steps: list[Merged] = []
    remarks: list[Remark] = []
    for layer in layers:
        step = merge(base, data, layer.overlay, layer.blob)
        remarks += _phandles(step, layer)
        remarks += _overwritten(steps, layers, step, layer)
        if not any(diff.changes(step.base, step.tree)):
            finding = Finding(Subject("/"), f"{base.file} has all of it already: nothing changes")
            remarks.append(Remark("already-applied", Severity.INFO, layer, finding))
        steps.append(step)
        base, data = step.tree, step.blob
    return Stack(tuple(steps), tuple(remarks))


def _phandles(step: Merged, layer: Layer) -> Iterator[Remark]:
    """libfdt before 1.7.1 replaces the base's phandle, and every reference to the node breaks silently."""
    for subject, origin in step.origins.items():
        node = step.base.nodes.get(subject.path)
        if subject.property != "phandle" or node is None or node.cell("phandle") is None:
            continue
        finding = Finding(
            subject,
            f"the overlay gives {step.base.name_of(subject.path)} a phandle, and the base has given it one",
            "take the label off the node in the overlay and use the base's; bootloaders with libfdt "
            "before 1.7.1 renumber it, and what refers to it breaks",
            (origin,),
        )
        yield Remark("phandle-overwrite", Severity.WARNING, layer, finding)


def _overwritten(
    steps: Sequence[Merged], layers: Sequence[Layer], step: Merged, layer: Layer
) -> Iterator[Remark]:
    for earlier, by in zip(reversed(steps), reversed(layers[: len(steps)]), strict=True):
        for subject in step.origins:
            if not subject.property or subject.property == "phandle" or subject not in earlier.origins:
                continue
            if not _equal(earlier.tree, step.tree, subject):
                was, is_ = (_text(merged.tree, subject) for merged in (earlier, step))
                yield Remark(
                    "overwritten-property",
                    Severity.ERROR,
                    layer,
                    Finding(
                        subject,
                        f"{subject.property} of {step.tree.name_of(subject.path)} is {was} in {by.file} "
                        f"and {is_} in {layer.file}, which would win",
                        "write it in one of them; the kernel refuses such a pair at run time",
                    ),
                )


def _equal(old: Tree, new: Tree, subject: Subject) -> bool:
    name = subject.property or ""
    before, after = old.nodes[subject.path], new.nodes[subject.path]
    return diff.same(old, before, before.properties[name], new, after, after.properties[name])


def _text(tree: Tree, subject: Subject) -> str:
    node = tree.nodes[subject.path]
    return value_text(tree, node, node.properties[subject.property or ""]) or "set"
