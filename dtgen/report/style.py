"""How a report may look: colour, links, width and detail, and what lines of sources it can show."""

from __future__ import annotations

from collections.abc import Callable

from dtgen.diagnostics import Severity
from dtgen.records import dataclass

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_SEVERITIES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


_LINK = "\033]8;;"
"""Begins a hyperlink, and ends it. Source: the escape sequence OSC 8."""


def _no_source(file: str, line: int) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Style:
    """`verbosity`: -1 quiet (findings only), 0, 1 verbose."""

    color: bool = False
    verbosity: int = 0
    everything: bool = False
    """Whether what was there before is shown in full, too."""
    links: bool = False
    """Whether places are hyperlinks."""
    width: int = 100
    """Columns."""
    source: Callable[[str, int], str | None] = _no_source
    """The line of a file, from 1; None where there is no such text."""

    def paint(self, text: str, *names: str) -> str:
        """The text in these colours, or as it is."""
        if not self.color or not text:
            return text
        return f"\033[{';'.join(_CODES[name] for name in names)}m{text}\033[0m"

    def link(self, text: str, uri: str) -> str:
        """The text, which leads to the URI where the terminal can."""
        return f"{_LINK}{uri}\033\\{text}{_LINK}\033\\" if self.links else text

    def color_of(self, severity: Severity) -> str:
        return _SEVERITIES[severity]

    def severity(self, severity: Severity) -> str:
        return self.paint(severity.value, "bold", _SEVERITIES[severity])
