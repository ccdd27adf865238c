"""All that can be said of one tree: by the rules, by its bindings, by dtc."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dtgen import rules
from dtgen.bindings import validator
from dtgen.bindings.decodable import Problem
from dtgen.bindings.engine import PAS_COMMON, Engine
from dtgen.bindings.results import ResultCache
from dtgen.bindings.validator import Decoded, Violation
from dtgen.bindings.wording_causes import effects
from dtgen.devicetree import compiler
from dtgen.devicetree.compiler import Tool
from dtgen.devicetree.merge import Merged
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Finding, Severity, Subject
from dtgen.hardware.coverage import PasUser
from dtgen.hardware.system import System

DTC = "dtc:"
"""What the names of dtc's checks come after."""
TYPE = "type"
"""The rule of what the bindings' decoder cannot decode."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Something that is wrong with a tree; the finding's subject is a place in it."""

    rule: str
    """A rule's id, a binding's file, or `dtc:` and the name of a check."""
    severity: Severity
    finding: Finding
    violation: Violation | None = None
    """Where a binding says so."""

    @property
    def key(self) -> tuple[object, ...]:
        """Of the same defect in two trees; the text is not in it, which tells of numbers that may differ."""
        if self.violation:
            return self.violation.key
        return (self.rule, self.finding.subject, self.finding.also)


@dataclass(frozen=True, slots=True)
class Inspection:
    """A tree and what is wrong with it."""

    merged: Merged
    decoded: Decoded
    violations: tuple[Violation, ...]
    observations: tuple[Observation, ...]
    """Of all kinds, the violations among them."""
    undocumented: tuple[str, ...]
    """Compatibles that no binding of the set knows."""
    pas_users: tuple[PasUser, ...]
    """With their fates; empty where the tree is not for EL2."""


@dataclass(frozen=True, slots=True)
class Inspector:
    """What trees are inspected with."""

    engine: Engine
    dtc: Tool
    cache: ResultCache
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    """Of rules that have another one here; None where they are off."""
    _last: dict[tuple[bytes, bool | None], Inspection] = field(
        default_factory=dict, compare=False, repr=False
    )
    """The tree that was inspected last: several overlays may be for one base."""

    def whole(self, merged: Merged, pas_at_el2: bool | None = None) -> Inspection:
        """Every node is validated, or was, in an earlier run. Raises: ToolError.

        `pas_at_el2`: whether TrustZone serves PAS to Linux at EL2; None where the tree is not for EL2.
        """
        key = (merged.blob, pas_at_el2)
        if key in self._last:
            return self._last[key]
        self._last.clear()
        decoded = validator.decode(self.engine, merged.blob)
        violations = self.cache.load(self.engine, merged.blob)
        if violations is None:
            violations = tuple(validator.validate(self.engine, decoded, None, _names(merged.tree)))
            self.cache.save(self.engine, merged.blob, violations)
        found = self._last[key] = self._inspection(merged, decoded, violations, pas_at_el2)
        return found

    def after(self, base: Inspection, merged: Merged, pas_at_el2: bool | None = None) -> Inspection:
        """The base with something applied: only nodes that may validate differently are looked at."""
        decoded = validator.decode(self.engine, merged.blob)
        touched = validator.changed(base.decoded, decoded)
        gone = base.merged.tree.nodes.keys() - merged.tree.nodes.keys()
        kept = (v for v in base.violations if v.clause.node not in touched and v.clause.node not in gone)
        fresh = validator.validate(self.engine, decoded, touched, _names(merged.tree))
        return self._inspection(merged, decoded, (*kept, *fresh), pas_at_el2)

    def _inspection(
        self,
        merged: Merged,
        decoded: Decoded,
        violations: tuple[Violation, ...],
        pas_at_el2: bool | None,
    ) -> Inspection:
        system = System(merged, pas_at_el2, self.engine.limit(PAS_COMMON, "iommus"))
        observations = (
            *self._ruled(system),
            *map(_violation, violations),
            *_undecoded(decoded.problems, merged),
            *self._dtc(merged.blob),
        )
        undocumented = validator.undocumented(self.engine, decoded)
        return Inspection(merged, decoded, violations, observations, undocumented, system.pas_users)

    def _ruled(self, system: System) -> Iterator[Observation]:
        for rule, finding in rules.run(system):
            severity = self.severities.get(rule.id, rule.severity)
            if severity:
                yield Observation(rule.id, severity, finding)

    def _dtc(self, blob: bytes) -> Iterator[Observation]:
        # dtc on an overlay alone does not see the nodes around it, and warns falsely
        for message in compiler.check_blob(blob, self.dtc):
            finding = Finding(Subject(message.path, message.property), message.text)
            yield Observation(f"{DTC}{message.check}", Severity.WARNING, finding)


def _violation(violation: Violation) -> Observation:
    return Observation(
        violation.clause.schema,
        Severity.ERROR,
        Finding(violation.subject, violation.message, violation.help),
        violation,
    )


def _names(tree: Tree) -> Callable[[int], str | None]:
    """What messages call the node of a phandle."""

    def name_of(phandle: int) -> str | None:
        node = tree.by_phandle.get(phandle)
        return tree.name_of(node.path) if node else None

    return name_of


def _undecoded(problems: Iterable[Problem], merged: Merged) -> Iterator[Observation]:
    """dtschema may name a property but no node: then it is one that the overlay wrote."""
    for problem in problems:
        name = problem.message.partition(":")[0]
        written = (place for place in merged.origins if place.property == name)
        subject = problem.subject or next(written, Subject("/"))
        message = f"the value does not have the property's type: {problem.message}"
        yield Observation(TYPE, Severity.ERROR, Finding(subject, message))


def following(observations: Iterable[Observation]) -> set[Observation]:
    """Those that repeat, or follow from, another one: a rule names the cause, a binding its effects."""
    found = tuple(observations)
    ruled = {observation.finding.subject for observation in found if observation.rule in rules.IDS}
    follows = {o for o in found if o.rule not in rules.IDS and not ruled.isdisjoint(_places(o))}
    violations = [o.violation for o in found if o.violation and o not in follows]
    consequences = effects(violations)
    follows |= {o for o in found if o.violation in consequences}
    # the decoder and dtc say of a property what a binding says of it, each in its own words
    told = {o.finding.subject for o in found if o.violation and o not in follows}
    others = (o for o in found if not o.violation and o.rule not in rules.IDS)
    return follows | {o for o in others if o.finding.subject.property and o.finding.subject in told}


def _places(observation: Observation) -> Iterator[Subject]:
    """What it is about: dtc's iommus_property, sound_dai_property … are about these properties."""
    subject = observation.finding.subject
    yield subject
    if observation.rule.startswith(DTC):
        name = observation.rule.removeprefix(DTC).removesuffix("_property").replace("_", "-")
        yield Subject(subject.path, name)
