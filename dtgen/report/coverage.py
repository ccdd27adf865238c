"""What becomes of every user of PAS at EL2, as a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dtgen.hardware.coverage import Fate, PasUser
from dtgen.report.style import Style

_COLORS = {Fate.STREAM: "green", Fate.DISABLED: "dim", Fate.UNTOUCHED: "cyan", Fate.FORGOTTEN: "yellow"}


def table(users: Sequence[PasUser], style: Style) -> Iterator[str]:
    """A line for each, in the order of the tree: its name, what it is, its fate and why."""
    names = max((len(user.name) for user in users), default=0)
    kinds = max((len(user.kind.title) for user in users), default=0)
    fates = max((len(user.fate.value) for user in users), default=0)
    for user in users:
        fate = style.paint(f"{user.fate.value:{fates}}", _COLORS[user.fate])
        why = " ".join(filter(None, (user.streams, user.why)))
        yield f"{user.name:{names}}  {user.kind.title:{kinds}}  {fate}  {why}".rstrip()
