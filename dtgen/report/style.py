"""How a report may look: colour and detail."""

from __future__ import annotations

from dataclasses import dataclass

from dtgen.diagnostics import Severity

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_SEVERITIES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


@dataclass(frozen=True, slots=True)
class Style:
    """`verbosity`: -1 quiet (findings only), 0, 1 verbose."""

    color: bool = False
    verbosity: int = 0
    everything: bool = False
    """Whether what was there before is shown in full, too."""

    def paint(self, text: str, *names: str) -> str:
        """The text in these colours, or as it is."""
        if not self.color or not text:
            return text
        return f"\033[{';'.join(_CODES[name] for name in names)}m{text}\033[0m"

    def severity(self, severity: Severity) -> str:
        return self.paint(severity.value, "bold", _SEVERITIES[severity])
