"""From a place in a merged tree to the line that a person edits.

Three tables are joined: merged path → overlay path (`Merged.origins`), overlay path → line of the
.dtso (dtc's annotations), line of the .dtso → entry of the description (the template's spans).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from dtgen.description.source import OverlaySource
from dtgen.devicetree.compiler import Message
from dtgen.devicetree.merge import Merged
from dtgen.diagnostics import Diagnostic, Finding, Location, Place, Severity, Subject


@dataclass(frozen=True, slots=True)
class Locator:
    """The tables of one overlay."""

    source: OverlaySource
    file: str
    """What messages call the .dtso."""
    positions: Mapping[tuple[str, str | None], Location]

    def in_source(self, subject: Subject) -> Location | None:
        """The line of the .dtso that wrote a place of the overlay, or the node around it."""
        path, name = subject.path, subject.property
        for key in ((path, name), (path, None), (f"{path}/__overlay__", None)):
            if key in self.positions:
                return dataclasses.replace(self.positions[key], file=self.file)
        return None

    def overlay(self, rule: str, severity: Severity, finding: Finding, fallback: Location) -> Diagnostic:
        """A diagnostic for a finding whose subject is a place of the overlay."""
        return self._diagnostic(rule, severity, finding, finding.subject, fallback)

    def merged(
        self, rule: str, severity: Severity, finding: Finding, merged: Merged, original: str = ""
    ) -> Diagnostic:
        """The same for a place of the merged tree; what the overlay did not write is the base's."""
        origin = merged.origin(finding.subject)
        return self._diagnostic(rule, severity, finding, origin, Location(merged.base.file), original)

    def _diagnostic(
        self,
        rule: str,
        severity: Severity,
        finding: Finding,
        origin: Subject | None,
        fallback: Location,
        original: str = "",
    ) -> Diagnostic:
        written = self.in_source(origin) if origin else None
        entry = self.source.origin(written.line) if written and written.line else None
        return Diagnostic(
            rule,
            severity,
            finding.message,
            entry or written or fallback,
            Place(finding.subject, written or fallback),
            tuple(Place(subject, fallback) for subject in finding.also),
            help=finding.help,
            original=original,
        )

    def message(self, message: Message, help: str = "") -> Diagnostic:
        """What dtc says of the .dtso."""
        rule = f"dtc:{message.check}" if message.check else "dtc"
        return self.at_line(rule, message.severity, message.text, message.location, help)

    def at_line(
        self, rule: str, severity: Severity, text: str, location: Location, help: str = ""
    ) -> Diagnostic:
        """A diagnostic at the entry that led to a line of the .dtso, with the line beneath."""
        where = dataclasses.replace(location, file=self.file)
        line = location.line
        entry = self.source.origin(line) if line else None
        excerpt = f"{where}: {self.source.line(line).strip()}" if line else ""
        return Diagnostic(rule, severity, text, entry or where, excerpt=excerpt, help=help)
