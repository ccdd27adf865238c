"""Output formats, one a file. Each turns results into text and knows nothing of where it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from dtgen.report import github, json, sarif, text
from dtgen.report.style import Style
from dtgen.results import (
    ApplyResult,
    BuildResult,
    CheckResult,
    DeliverResult,
    DiffResult,
    ValidationResult,
)


class Format(Protocol):
    """What a format's module has: a function for each kind of result that has findings."""

    @property
    def builds(self) -> Callable[[Sequence[BuildResult], Style], str]: ...
    @property
    def application(self) -> Callable[[ApplyResult, Style], str]: ...
    @property
    def validation(self) -> Callable[[ValidationResult, Style], str]: ...
    @property
    def checks(self) -> Callable[[CheckResult, Style], str]: ...
    @property
    def delivery(self) -> Callable[[DeliverResult, Style], str]: ...


FORMATS: Mapping[str, Format] = {"text": text, "json": json, "sarif": sarif, "github": github}

DIFFERENCES: Mapping[str, Callable[[DiffResult, Style], str]] = {
    "text": text.difference,
    "json": json.difference,
}
"""A difference is no finding: these formats alone have a form for it."""
