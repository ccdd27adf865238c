"""`dtgen explain` and `dtgen rules`: the page of whatever stands in brackets behind a message."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dtgen import defects, rules
from dtgen.bringup import causes
from dtgen.diagnostics import Severity
from dtgen.dts import checks
from dtgen.errors import ToolError
from dtgen.records import dataclass
from dtgen.rules import Stage
from dtgen.words import near_names

BINDING = ".yaml"
"""What the ids of bindings end in."""
_WORD, _LIKE, _JOINED = 0.5, 0.75, 0.9
"""How alike each two words are, and the whole, of which one is the other misspelled; and two names that are
cut into words otherwise."""
_PROPOSED = 3


@dataclass(frozen=True, slots=True)
class Page:
    """All that there is to know of an id."""

    id: str
    severity: Severity | None
    """None where it depends."""
    documentation: str
    """Its first line is a sentence."""
    when: str = ""
    """When it is checked, or looked for; empty where that says nothing."""

    @property
    def summary(self) -> str:
        return self.documentation.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Table:
    """The ids of one stage."""

    when: str
    pages: tuple[Page, ...]


def _of_stage(stage: Stage[Any]) -> Table:
    pages = (
        Page(
            rule.id,
            rule.severity,
            rule.documentation,
            stage.when + (", if it is for Linux at EL2" if rule.at_el2 else ""),
        )
        for rule in sorted(stage.rules, key=lambda rule: rule.id)
    )
    return Table(stage.when, tuple(pages))


_INPUTS = Table(
    defects.WHEN,
    tuple(Page(d.id, d.severity, d.documentation) for d in defects.DEFECTS.values()),
)

_DIAGNOSED = "by `dtgen diagnose`"
_CAUSES = Table(_DIAGNOSED, tuple(Page(c.id, None, c.documentation, _DIAGNOSED) for c in causes.ALL.values()))

TABLES: tuple[Table, ...] = (_INPUTS, *map(_of_stage, rules.STAGES), _CAUSES)
"""What `dtgen rules` lists, in the order in which a run comes to it."""

PAGES: Mapping[str, Page] = {page.id: page for table in TABLES for page in table.pages}


def names() -> tuple[str, ...]:
    """Those that need no set of bindings."""
    return tuple(dict.fromkeys((*sorted(PAGES), *(f"{checks.PREFIX}{check}" for check in checks.CHECKS))))


def known(id_: str) -> Page | None:
    """The page of a rule, of a defect, or of a check of dtc's; None for a binding, and for what is none."""
    check = checks.CHECKS.get(id_.removeprefix(checks.PREFIX)) if id_.startswith(checks.PREFIX) else None
    if check and id_ not in PAGES:
        return Page(id_, check.severity, check.documentation)
    return PAGES.get(id_)


def page(name: str, bindings: Path | None) -> Page:
    """What there is to know of what stands in brackets.

    `bindings`: the kernel tree or the set that has the binding of this name; None: the built-in one.
    Raises: ToolError where there is no such thing, with what may have been meant.
    """
    name = name.removeprefix("[").removesuffix("]")
    if found := known(name):
        return found
    if name.endswith(BINDING):
        from dtgen.bindings.summary import summary

        found_binding = summary(name, bindings)
        return Page(found_binding.id, None, found_binding.documentation)
    if name.startswith(checks.PREFIX):
        of_dtc = tuple(one for one in names() if one.startswith(checks.PREFIX))
        near = _near(name, of_dtc) or near_names(name, of_dtc, _PROPOSED)
        help = f"did you mean {' or '.join(near[:_PROPOSED])}?" if near else ""
        raise ToolError(f"dtc has no check {name.removeprefix(checks.PREFIX)}", help)
    raise ToolError(f"{name} is not a rule", _meant(name, names()))


def _meant(name: str, among: Iterable[str]) -> str:
    found = _near(name, tuple(among))
    if not found:
        return "`dtgen rules` lists them"
    return f"did you mean {' or '.join(found[:_PROPOSED])}?"


def _near(name: str, among: tuple[str, ...]) -> list[str]:
    """What `name` misspells, which is likely of each word; else all that have its words.

    One word of several is not enough: nobody who writes malformed-blob means malformed-specifier.
    """
    words = _words(name)

    def likeness(other: str) -> float:
        theirs = _words(other)
        whole = _ratio("".join(words), "".join(theirs))
        if len(words) != len(theirs):
            return whole if whole >= _JOINED else 0.0
        each = min(_ratio(one, two) for one, two in zip(words, theirs, strict=True))
        return whole if each >= _WORD else 0.0

    best = max(among, key=likeness)
    if likeness(best) >= _LIKE:
        return [best]
    return [other for other in among if set(words) <= set(_words(other))]


def _words(name: str) -> list[str]:
    return name.lower().replace("_", "-").replace(":", "-").split("-")


def _ratio(one: str, two: str) -> float:
    return difflib.SequenceMatcher(None, one, two).ratio()
