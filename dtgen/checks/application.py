"""The one place where overlays are applied to a base, or refused with every reason why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from dtgen import rules
from dtgen.checks.findings import DTC, USUAL, Observation, Severities, run
from dtgen.checks.location import Locator, placed
from dtgen.devicetree.blob import ApplyError
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Diagnostic, Finding, Location, Severity, Subject
from dtgen.errors import Rejected
from dtgen.overlay.application import Application
from dtgen.overlay.merge import merge
from dtgen.overlay.stack import Layer, Stack, Step
from dtgen.results import Assessment

Locate = Callable[[Layer, Observation], Diagnostic]
"""A diagnostic of what keeps a layer from being applied; the finding is about a place of the overlay."""


def in_layer(layer: Layer, reason: Observation) -> Diagnostic:
    """Where nothing is known of an overlay but its file."""
    return placed(reason, Location(layer.file))


def apply(
    base: Tree,
    data: bytes,
    layers: Sequence[Layer],
    locate: Locate = in_layer,
    beside: Callable[[Overlay, Tree], Application] = Application,
    above: Sequence[Layer] = (),
) -> Stack:
    """Apply the layers in their order; there must be one.

    `beside`: each overlay and what it is to be applied to, with what is known of the labels. `above`: what
    somebody else will apply after them.
    Raises: Rejected for the first layer that cannot be applied, with all that keeps it from that.
    """
    steps: tuple[Step, ...] = ()
    for place, layer in enumerate(layers):
        others = (*layers[place + 1 :], *above)
        later = {label: other.file for other in others for label in other.overlay.tree.symbols}
        beside_base = replace(beside(layer.overlay, base), later=later, constants=layer.constants)
        if against := reasons(beside_base):
            raise Rejected(*(locate(layer, reason) for reason in against))
        try:
            merged = merge(base, data, layer.overlay, layer.blob)
        except ApplyError as error:
            message = f"libfdt refuses to apply it to {base.file}: {error.code}"
            reason = Observation("libfdt", Severity.ERROR, Finding(Subject("/"), message))
            raise Rejected(locate(layer, reason)) from error
        steps = (*steps, Step(layer, merged, steps))
        base, data = merged.tree, merged.blob
    return Stack(steps)


def reasons(application: Application) -> tuple[Observation, ...]:
    """All that keeps an overlay from being applied; libfdt stops at the first, and does not name it."""
    return (*run(rules.OVERLAY, application.overlay), *run(rules.APPLICATION, application))


def remarks(stack: Stack, severities: Severities = USUAL) -> Iterator[tuple[Step, Observation]]:
    """What there is to know of layers that were applied all the same; it is about the merged tree."""
    for step in stack.steps:
        yield from ((step, observation) for observation in run(rules.STACK, step, severities))


def remarked(
    assessment: Assessment,
    steps: Iterable[tuple[Step, Locator]],
    severities: Severities,
    fallback: Location | None = None,
) -> Assessment:
    """An assessment with the same, of steps, each with where its overlay's places stand.

    What dtc says of a place that a rule has looked at follows from that. `fallback`: of what stands
    nowhere; None: the overlay's file.
    """
    properties: set[Subject] = set()
    remarks: list[Diagnostic] = []
    for step, locator in steps:
        for observation in run(rules.STACK, step, severities):
            properties |= {observation.finding.subject} if observation.finding.subject.property else set()
            remarks.append(locator.remark(observation, step.merged, fallback or Location(locator.file)))
    introduced = (
        replace(d, follows=True) if d.rule.startswith(DTC) and d.at and d.at.subject in properties else d
        for d in assessment.introduced
    )
    remarks.sort(key=lambda diagnostic: diagnostic.sort_key)
    return replace(assessment, introduced=(*remarks, *introduced))
