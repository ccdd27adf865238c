"""All that can be said of one tree: by the rules, by its bindings, by dtc."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import field
from functools import cached_property

from dtgen import rules
from dtgen.bindings import validator
from dtgen.bindings.decode import Problem
from dtgen.bindings.dtschema import UNMATCHED
from dtgen.bindings.plain import PAS_COMMON, Engine
from dtgen.bindings.validator import Decoded
from dtgen.bindings.violation import Violation
from dtgen.checks import findings
from dtgen.checks.cache import KeptVerdict, Terms, Verdicts
from dtgen.checks.findings import DTC, Observation, Severities
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Finding, Severity, Subject
from dtgen.dts import compiler
from dtgen.dts.checks import in_newest_words, usual
from dtgen.dts.compiler import BlobMessage, Tool
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged
from dtgen.records import dataclass

TYPE = "type"
"""The rule of what the bindings' decoder cannot decode."""


@dataclass(frozen=True)
class Inspection:
    """A tree and what is wrong with it."""

    merged: Merged
    verdict: KeptVerdict
    _engine: Engine = field(repr=False)
    _decoded: Decoded | None = field(default=None, repr=False)

    @cached_property
    def decoded(self) -> Decoded:
        """The tree as the bindings see it."""
        return self._decoded or validator.decode(self._engine, self.merged.blob, self.merged.tree)


@dataclass(frozen=True, slots=True)
class Inspector:
    """What trees are inspected with."""

    engine: Engine
    dtc: Tool
    verdicts: Verdicts
    severities: Severities = field(default_factory=dict)
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
        terms = Terms(self.engine.identity, self.dtc, self.severities, pas_at_el2)
        kept = self.verdicts.key(terms, merged.blob)
        verdict, decoded = self.verdicts.load(kept), None
        if verdict is None:
            with self._checking(merged.blob) as checks:
                decoded = validator.decode(self.engine, merged.blob, merged.tree)
                violations = validator.validate(self.engine, decoded, None, _names(merged.tree))
                system = self._system(merged, pas_at_el2, {})
                verdict = self._verdict(system, decoded, tuple(violations), checks)
            self.verdicts.save(kept, verdict)
        found = self._last[key] = Inspection(merged, verdict, self.engine, decoded)
        return found

    def after(
        self,
        base: Inspection,
        merged: Merged,
        pas_at_el2: bool | None = None,
        streamless: Mapping[str, str] | None = None,
    ) -> Inspection:
        """The base with something applied: only nodes that may validate differently are looked at.

        Where that was done in an earlier run, none is.
        """
        terms = Terms(self.engine.identity, self.dtc, self.severities, pas_at_el2)
        stored = self.verdicts.key(terms, merged.blob, base.merged.blob, _written(merged, streamless or {}))
        if before := self.verdicts.load(stored):
            return Inspection(merged, before, self.engine)
        with self._checking(merged.blob) as checks:
            decoded = validator.decode(self.engine, merged.blob, merged.tree)
            touched = validator.changed(base.decoded, decoded)
            gone = base.merged.tree.nodes.keys() - merged.tree.nodes.keys()
            known = base.verdict.violations
            kept = (v for v in known if v.clause.node not in touched and v.clause.node not in gone)
            fresh = validator.validate(self.engine, decoded, touched, _names(merged.tree))
            system = self._system(merged, pas_at_el2, streamless or {})
            verdict = self._verdict(system, decoded, (*kept, *fresh), checks)
        self.verdicts.save(stored, verdict)
        return Inspection(merged, verdict, self.engine, decoded)

    def _checking(self, blob: bytes) -> AbstractContextManager[Callable[[], frozenset[BlobMessage]]]:
        """dtc's checks, at work while the bindings are asked; none where only a part of those is."""
        return nullcontext(frozenset) if self.engine.scope.is_partial else compiler.checking(blob, self.dtc)

    def _system(self, merged: Merged, pas_at_el2: bool | None, streamless: Mapping[str, str]) -> System:
        return System(merged, pas_at_el2, self.engine.limit(PAS_COMMON, "iommus"), streamless)

    def _verdict(
        self,
        system: System,
        decoded: Decoded,
        violations: tuple[Violation, ...],
        checks: Callable[[], frozenset[BlobMessage]],
    ) -> KeptVerdict:
        bound = (*map(of_violation, violations), *_undecoded(decoded.problems, system.merged))
        judged = (
            findings.judged(o, self.severities) for o in (*bound, *self._of_dtc(checks(), system.merged.tree))
        )
        others = tuple(filter(None, judged))
        if self.engine.scope.is_partial:
            return KeptVerdict(others, (), ())
        observations = (*findings.run(rules.MERGED, system, self.severities), *others)
        return KeptVerdict(observations, validator.undocumented(self.engine, decoded), system.pas_users)

    def _of_dtc(self, messages: Iterable[BlobMessage], tree: Tree) -> Iterator[Observation]:
        """What kbuild shows, and what a project gives a severity."""
        # dtc on an overlay alone does not see the nodes around it, and warns falsely
        for message in messages:
            rule = f"{DTC}{message.check}"
            text = in_newest_words(message.text, message.path, tree)
            if text and (usual(message.check, text) or rule in self.severities):
                finding = Finding(Subject(message.path, message.property), text)
                yield Observation(rule, Severity.WARNING, finding)


def of_violation(violation: Violation) -> Observation:
    """What a binding says, as a finding."""
    schema = violation.clause.schema
    return Observation(
        schema,
        Severity.WARNING if schema == UNMATCHED else Severity.ERROR,
        Finding(violation.subject, violation.message, violation.help),
        violation,
    )


def _names(tree: Tree) -> Callable[[int], str | None]:
    """What messages call the node of a phandle."""

    def name_of(phandle: int) -> str | None:
        node = tree.by_phandle.get(phandle)
        return tree.name_of(node.path) if node else None

    return name_of


def _written(merged: Merged, streamless: Mapping[str, str]) -> bytes:
    """What is known of a merged tree besides the blobs."""
    origins = [(o.path, o.property, w.path, w.property) for o, w in merged.origins.items()]
    references = [(place.path, place.property, *offsets) for place, offsets in merged.references.items()]
    return json.dumps([origins, references, sorted(streamless.items())]).encode()


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
    if not found:
        return set()
    from dtgen.bindings.messages.causes import effects

    ruled = {observation.finding.subject for observation in found if observation.rule in rules.IDS}
    follows = {o for o in found if o.rule not in rules.IDS and not ruled.isdisjoint(_places(o))}
    violations = [o.violation for o in found if o.violation and o not in follows]
    consequences = effects(violations)
    follows |= {o for o in found if o.violation in consequences}
    # the decoder and dtc say of a property what a binding says of it, each in its own words
    reported = {o.finding.subject for o in found if o.violation and o not in follows}
    others = (o for o in found if not o.violation and o.rule not in rules.IDS)
    return follows | {o for o in others if o.finding.subject.property and o.finding.subject in reported}


def _places(observation: Observation) -> Iterator[Subject]:
    """What it is about: dtc's iommus_property, sound_dai_property … are about these properties."""
    subject = observation.finding.subject
    yield subject
    if observation.rule.startswith(DTC):
        name = observation.rule.removeprefix(DTC).removesuffix("_property").replace("_", "-")
        yield Subject(subject.path, name)
