"""What an overlay introduces and fixes: rules and bindings on the merged tree, less what the base says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dtgen import rules
from dtgen.bases import Base
from dtgen.bindings import validator
from dtgen.bindings.decodable import Problem
from dtgen.bindings.engine import Engine
from dtgen.devicetree import compiler
from dtgen.devicetree.compiler import Tool
from dtgen.devicetree.diff import Change
from dtgen.devicetree.merge import Merged
from dtgen.diagnostics import Diagnostic, Finding, Severity, Subject
from dtgen.locator import Locator


@dataclass(frozen=True, slots=True)
class Comparison:
    """Findings of the merged tree that the base does not have; the others are counted."""

    introduced: tuple[Diagnostic, ...]
    fixed: int
    pre_existing: int
    """In the nodes that the overlay changes; the others were not looked at."""
    undocumented: tuple[str, ...]
    """Compatibles that no binding of the set knows."""


def compare(
    base: Base, merged: Merged, changes: Sequence[Change], locator: Locator, engine: Engine, dtc: Tool
) -> Comparison:
    """Validate what the overlay changed, in the base and in the merged tree. Raises: ToolError."""
    # what the overlay changed is its own, even where the base had it wrong in the same way
    written = {Subject(change.path, change.property) for change in changes}
    known = {(rule.id, finding) for rule, finding in rules.run(Merged.unchanged(base.tree, base.blob))}
    found = {(rule.id, finding): rule.severity for rule, finding in rules.run(merged)}
    new = {key: severity for key, severity in found.items() if key not in known or key[1].subject in written}
    diagnostics = [
        locator.merged(rule, severity, finding, merged) for (rule, finding), severity in new.items()
    ]
    before, after = validator.decode(engine, base.blob), validator.decode(engine, merged.blob)
    touched = validator.changed(before, after)
    was = {violation.key for violation in validator.validate(engine, before, touched)}
    violations = {violation.key: violation for violation in validator.validate(engine, after, touched)}
    introduced = [
        violation for key, violation in violations.items() if key not in was or violation.subject in written
    ]
    # a rule names the cause; what a binding says of the same property follows from it
    explained = {(finding.subject, "") for _, finding in new}
    for violation in introduced:
        said = (violation.subject, violation.message)
        if {said, (violation.subject, "")} & explained:
            continue
        explained.add(said)
        finding = Finding(violation.subject, violation.message, violation.help)
        diagnostics.append(
            locator.merged(violation.schema, Severity.ERROR, finding, merged, violation.original)
        )
    for finding in _undecoded(before.problems, after.problems, merged):
        if (finding.subject, "") not in explained:
            diagnostics.append(locator.merged("type", Severity.ERROR, finding, merged))
    # dtc on the overlay alone does not see the nodes around it, and warns falsely
    for message in compiler.check_blob(merged.blob, dtc) - compiler.check_blob(base.blob, dtc):
        subject = Subject(message.path, message.property)
        checked = Subject(message.path, message.check.removesuffix("_property"))
        if not {(subject, ""), (checked, "")} & explained:
            finding = Finding(subject, message.text)
            diagnostics.append(locator.merged(f"dtc:{message.check}", Severity.WARNING, finding, merged))
    return Comparison(
        tuple(sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key)),
        len(was - set(violations)) + len(known - set(found)),
        len(violations) - len(introduced) + len(found) - len(new),
        validator.undocumented(engine, after),
    )


def _undecoded(before: Sequence[Problem], after: Sequence[Problem], merged: Merged) -> Iterator[Finding]:
    """dtschema may name a property but no node: then it is one that the overlay wrote."""
    for problem in after:
        if problem not in before:
            name = problem.message.partition(":")[0]
            written = (place for place in merged.origins if place.property == name)
            subject = problem.subject or next(written, Subject("/"))
            yield Finding(subject, f"the value does not have the property's type: {problem.message}")
