"""What a result finds, less what is no more than good to know."""

from __future__ import annotations

from collections.abc import Iterable

from dtgen.diagnostics import Diagnostic, Severity


def serious(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those of a cause of their own that are at warning or above."""
    return [d for d in diagnostics if d.severity is not Severity.INFO and not d.follows]
