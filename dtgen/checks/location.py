"""From a place in a tree to the line that a person edits.

Three tables are joined: merged path → overlay path (`Merged.origins`), overlay path → line of the
.dtso (dtc's annotations), line of the .dtso → entry of the description (the template's spans). What the
overlay did not write stands in the base's sources, where they are known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from dtgen.checks.findings import DTC, Observation
from dtgen.diagnostics import Diagnostic, Finding, Location, Place, Subject
from dtgen.dts.compiler import Message
from dtgen.overlay.base import Base, positions
from dtgen.overlay.merge import Merged
from dtgen.records import dataclass

if TYPE_CHECKING:
    from dtgen.description.render import OverlaySource


@dataclass(frozen=True, slots=True)
class Locator:
    """The tables of one overlay."""

    file: str
    """What messages call the .dtso, or the blob where there is no source."""
    source: OverlaySource | None = None
    positions: Mapping[tuple[str, str | None], Location] = field(default_factory=dict)
    mention: Callable[[Location, str], Location] | None = None
    """Where a text stands in the statement that begins at a place; None where nobody can tell."""

    def written(self, subject: Subject) -> Location | None:
        """The line of the .dtso that wrote a place of the overlay, or the node around it."""
        path, name = subject.path, subject.property
        for key in ((path, name), (path, None), (f"{path}/__overlay__", None)):
            if key in self.positions:
                return self.positions[key]
        return None

    def entry(self, line: int | None) -> Location | None:
        """The entry of the description that led to a line of the .dtso."""
        return self.source.origin(line) if self.source and line else None

    def overlay(self, observation: Observation, fallback: Location) -> Diagnostic:
        """Of a place of the overlay."""
        subject = observation.finding.subject
        written = self.written(subject)
        if written and self.mention and observation.finding.word:
            written = self.mention(written, observation.finding.word)
        where = (self.entry(written.line) or written) if written else fallback
        return placed(
            observation,
            self._mentioned(where, observation.finding.word),
            Place(subject, written or fallback),
            lambda other: self.written(other) or fallback,
        )

    def _mentioned(self, where: Location, word: str) -> Location:
        """Where a label stands in the entry of the description at a place; the place where it does not."""
        return self.source.mentions.get(where, {}).get(word.lstrip("&"), where) if self.source else where

    def remark(self, observation: Observation, merged: Merged, fallback: Location) -> Diagnostic:
        """Of a place of the tree that the overlay was merged to, or of the overlay where it was not."""

        def places(subject: Subject) -> tuple[Location, Location]:
            written = self.written(merged.origins.get(subject, subject))
            return (self.entry(written.line) or written, written) if written else (fallback, fallback)

        subject = observation.finding.subject
        where, generated = places(subject)
        at = Place(subject, generated) if generated != where else None
        return placed(observation, where, at, lambda other: places(other)[0])

    def message(self, message: Message, help: str = "") -> Diagnostic:
        """What dtc says of the .dtso."""
        finding = Finding.at(message.location, message.text, help)
        rule = f"{DTC}{message.check}" if message.check else "dtc"
        return self.line(Observation(rule, message.severity, finding))

    def line(self, observation: Observation) -> Diagnostic:
        """Of a line of the .dtso: at the entry that led to it, with the line beneath."""
        where = observation.finding.location or Location(self.file)
        line = where.line
        excerpt = f"{where}: {self.source.line(line).strip()}" if self.source and line else ""
        finding = replace(observation.finding, excerpt=excerpt)
        return placed(replace(observation, finding=finding), self.entry(line) or where)


def placed(
    observation: Observation,
    where: Location,
    at: Place | None = None,
    locate: Callable[[Subject], Location] | None = None,
) -> Diagnostic:
    """The diagnostic of an observation; `where`: what a person edits.

    `locate`: where the other places are that it is about; None: where it is itself.
    """
    finding, violation = observation.finding, observation.violation
    also = (Place(subject, locate(subject) if locate else where) for subject in finding.also)
    return Diagnostic(
        observation.rule,
        observation.severity,
        finding.message,
        where,
        at,
        (*also, *finding.places),
        finding.excerpt,
        finding.help,
        violation.original if violation else "",
        violation.clause if violation else None,
    )


def as_written(observation: Observation) -> Diagnostic:
    """Of a text: it stands where it was found."""
    where = observation.finding.location
    assert where, f"{observation.rule} has read a tree"
    return placed(observation, where)


Locate = Callable[[Observation, bool], Diagnostic]
"""A diagnostic of an observation, and of whether it follows from another one."""


def in_blob(file: str) -> Locate:
    """Of a tree of which there is the blob alone."""
    place = Location(file)
    return lambda observation, follows: _diagnostic(observation, follows, lambda subject: (place, place))


@dataclass(frozen=True)
class TreeLocator:
    """The tables of a base and of the overlays on it."""

    base: Base
    merged: str
    """What messages call the tree that was made from it, where they cannot say who wrote what."""
    layers: Sequence[tuple[Merged, Locator]] = ()
    """What was applied to it, first to last."""
    made: Base | None = None
    """The merged tree, where it was not made of layers but has sources of its own."""

    @cached_property
    def _of_base(self) -> Mapping[tuple[str, str | None], Location]:
        return positions(self.base)  # runs cpp and dtc, so only where somebody asks

    @cached_property
    def _of_made(self) -> Mapping[tuple[str, str | None], Location]:
        return positions(self.made) if self.made else self._of_base

    def new(self, observation: Observation, follows: bool) -> Diagnostic:
        """Of the merged tree; at the overlay's line, where the overlay wrote the place."""
        found = _diagnostic(observation, follows, self._in_overlay)
        if number := observation.finding.entry:
            tables = (overlay.source.entries for _, overlay in self.layers if overlay.source)
            entries = next((table[found.location] for table in tables if found.location in table), ())
            found = replace(found, location=entries[number - 1]) if number <= len(entries) else found
        return found

    def old(self, observation: Observation, follows: bool) -> Diagnostic:
        """Of the base, whatever the overlay writes into the same node."""
        return _diagnostic(
            observation, follows, lambda subject: _in(self._of_base, subject, self.base.tree.file)
        )

    def _in_overlay(self, subject: Subject) -> tuple[Location, Location]:
        """The entry of the description, or the line of the .dtso, and the latter; else in the base."""
        for merged, overlay in reversed(self.layers):
            origin = merged.origins.get(subject)
            if origin:
                written = overlay.written(origin) or Location(overlay.file)
                return overlay.entry(written.line) or written, written
        return _in(self._of_made, subject, self.merged)


def _in(
    positions: Mapping[tuple[str, str | None], Location], subject: Subject, file: str
) -> tuple[Location, Location]:
    """The line of the sources that wrote the place, or the nearest node above it; and the tree."""
    path, name = subject.path, subject.property
    keys = [(path, name), (path, None)]
    while path not in ("", "/"):
        path = path.rpartition("/")[0] or "/"
        keys.append((path, None))
    tree = Location(file)
    return next((positions[key] for key in keys if key in positions), tree), tree


def _diagnostic(
    observation: Observation, follows: bool, locate: Callable[[Subject], tuple[Location, Location]]
) -> Diagnostic:
    """`locate`: where a person edits what is at a place, and the generated file that holds it."""
    subject = observation.finding.subject
    edit, generated = locate(subject)
    found = placed(observation, edit, Place(subject, generated), lambda place: locate(place)[0])
    return replace(found, follows=True) if follows else found
