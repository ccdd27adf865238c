"""The ways to fail: the input is wrong, or the environment is. Anything else is our bug."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dtgen.diagnostics import Diagnostic, Location


class DtgenError(Exception):
    """Base of all that dtgen raises on purpose."""


class ToolError(DtgenError):
    """The environment is wrong (a missing tool, an unreadable file, a bad option): exit 2."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class Rejected(DtgenError):
    """The input is wrong, and `diagnostics` say why: exit 1."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(diagnostic.message for diagnostic in diagnostics))
        self.diagnostics = diagnostics

    def __reduce__(self) -> tuple[type[Rejected], tuple[Diagnostic, ...]]:
        """As it was made, so that it comes whole out of another process."""
        return Rejected, self.diagnostics


def rejected(rule: str, message: str, location: Location, help: str = "") -> Rejected:
    """The most common case of `Rejected`: one error at one place."""
    return Rejected(error(rule, message, location, help))


def error(rule: str, message: str, location: Location, help: str = "") -> Diagnostic:
    """What is wrong with an input, at one place."""
    from dtgen.diagnostics import Diagnostic, Severity

    return Diagnostic(rule, Severity.ERROR, message, location, help=help)
