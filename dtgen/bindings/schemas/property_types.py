"""The types that a set of schemas gives to properties, worked out anew only where they may be others.

dtschema goes through the schemas one after the other, and what it makes of a property depends on what it
made of it for the schemas before. So for each schema is kept which properties it speaks of, what was known
of them, and of which of them more is known afterwards. That holds for as long as the schema is the same
and the same is known of those properties.
"""

from __future__ import annotations

import base64
import contextlib
import sys
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from dtgen.bindings.schemas import generate
from dtgen.bindings.schemas.generate import OneType, TypesOfOne, TypesSaid


class SchemaStep(NamedTuple):
    """What one schema adds, in numbers of properties and of types."""

    properties: list[int]
    before: list[int]
    """For each of them, what was known of it; 0 for nothing."""
    after: list[int]
    """By turns a property and what is known of it then; only where that is not the same."""


def written(steps: Iterable[SchemaStep]) -> str:
    """Steps as one text, for a set has 170,000 numbers, and JSON takes ten times as long."""
    numbers = array("I")
    for step in steps:
        numbers.extend((len(step.properties), len(step.after), *step.properties, *step.before, *step.after))
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode()


def read(text: str) -> Iterator[SchemaStep]:
    """The steps that were written."""
    packed = array("I", base64.b64decode(text))
    if sys.byteorder == "big":
        packed.byteswap()
    numbers, at = packed.tolist(), 0
    while at < len(numbers):
        properties, after = numbers[at], numbers[at + 1]
        before_at = at + 2 + properties
        after_at = before_at + properties
        yield SchemaStep(
            numbers[at + 2 : before_at], numbers[before_at:after_at], numbers[after_at : after_at + after]
        )
        at = after_at + after


class PropertyTypes:
    """The steps of a set, and what they lead to."""

    def __init__(
        self,
        names: Iterable[str] = (),
        types: Iterable[Any] = (),
        steps: Mapping[str, SchemaStep] | None = None,
    ) -> None:
        self.names = list(names)
        self.types: list[TypesOfOne] = [_hashable(of_one) for of_one in types] or [()]
        self.steps = dict(steps or {})
        """By `$id` without `#`, in the order of the set."""
        self._name_numbers = {name: number for number, name in enumerate(self.names)}
        self._type_numbers = {of_one: number for number, of_one in enumerate(self.types)}
        self._known: dict[int, int] = {}
        self._outcomes: dict[tuple[int, OneType], int | None] = {}
        """What becomes of what was known of a property with what a schema says of it; None: not known."""

    def follow(
        self,
        schemas: Iterable[str],
        changed: Collection[str],
        schema: Callable[[str], Any],
        said: Mapping[str, TypesSaid | None],
    ) -> dict[str, Exception]:
        """Go through a set, of which the schemas in `changed` are not those of the last time.

        `said`: what some of the schemas say; dtschema is asked about the others.
        The result is what schemas provoked that were then left out.
        """
        last, self.steps, self._known = self.steps, {}, {}
        failed: dict[str, Exception] = {}
        for name in schemas:
            step = None if name in changed else last.get(name)
            try:
                self._take(name, step, said.get(name), schema)
            except Exception as error:  # noqa: BLE001  whatever a foreign schema provokes
                failed[name] = error
        return failed

    def foresee(self, name: str, said: TypesSaid | None, schema: Callable[[str], Any]) -> None:
        """Take the next schema of what is likely to be followed soon."""
        if name not in self.steps:
            with contextlib.suppress(Exception):  # which comes again then
                self._take(name, None, said, schema)

    def _take(
        self, name: str, step: SchemaStep | None, said: TypesSaid | None, schema: Callable[[str], Any]
    ) -> None:
        known = self._known
        if step is None or [known.get(number, 0) for number in step.properties] != step.before:
            step = self._foreseen(said) or self._step(schema(name))
        self.steps[name] = step
        if step.after:
            known.update(zip(step.after[::2], step.after[1::2], strict=True))

    def _foreseen(self, said: TypesSaid | None) -> SchemaStep | None:
        """The step with what a schema says; None where it is not known what that leads to."""
        if said is None:
            return None
        found: dict[int, int] = {}
        for name, types in said.items():
            number = self._number(name)
            now: int | None = self._known.get(number, 0)
            for of_one in types:
                now = None if now is None else self._outcome(now, of_one)
            if now is None:
                return None
            found[number] = now
        return self._step_to(found)

    def _outcome(self, was: int, said: OneType) -> int | None:
        if (was, said) not in self._outcomes:
            now = None
            with contextlib.suppress(Exception):  # an earlier release fails over some, and does again
                now = generate.outcome(self.types[was], said)
            self._outcomes[was, said] = None if now is None else self._type_number(now)
        return self._outcomes[was, said]

    def _step(self, schema: Any) -> SchemaStep:
        found = generate.property_types(schema, self._before)
        return self._step_to({self._number(name): self._type_number(types) for name, types in found.items()})

    def _step_to(self, found: Mapping[int, int]) -> SchemaStep:
        """`found`: what is known of properties then."""
        before = [self._known.get(number, 0) for number in found]
        changes = (pair for pair, was in zip(found.items(), before, strict=True) if pair[1] != was)
        return SchemaStep(list(found), before, [number for pair in changes for number in pair])

    def _type_number(self, types: TypesOfOne) -> int:
        number = self._type_numbers.setdefault(types, len(self.types))
        if number == len(self.types):
            self.types.append(types)
        return number

    def _number(self, name: str) -> int:
        number = self._name_numbers.get(name)
        if number is None:
            number = self._name_numbers[name] = len(self.names)
            self.names.append(name)
        return number

    def _before(self, name: str) -> TypesOfOne:
        number = self._name_numbers.get(name)
        return () if number is None else self.types[self._known.get(number, 0)]

    def known(self) -> dict[str, TypesOfOne]:
        """Of all properties, in dtschema's order."""
        return {self.names[number]: self.types[types] for number, types in self._known.items()}

    def givers(self, type_: str) -> list[str]:
        """The schemas because of which a type is first given to some property."""
        wanted = {
            number for number, types in enumerate(self.types) if any(entry[0] == type_ for entry in types)
        }
        return [
            name
            for name, step in self.steps.items()
            if not wanted.isdisjoint(step.after[1::2])
            and any(now in wanted and was not in wanted for was, now in self._changes(step))
        ]

    def _changes(self, step: SchemaStep) -> Iterator[tuple[int, int]]:
        before = dict(zip(step.properties, step.before, strict=True))
        for number, now in zip(step.after[::2], step.after[1::2], strict=True):
            yield before[number], now


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, (list, tuple)) else value
