"""Output formats, one a file. Each turns results into text and knows nothing of where it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from dtgen.modules import Modules

if TYPE_CHECKING:
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


FORMATS: Mapping[str, Format] = Modules(__name__, ("text", "json", "sarif", "github"))

DIFFERENCES: Mapping[str, Callable[[DiffResult, Style], str]] = Modules(
    __name__, ("text", "json"), "difference"
)
"""A difference is no finding: these formats alone have a form for it."""

if TYPE_CHECKING:
    from dtgen.report import github, json, sarif, text

    _: tuple[Format, ...] = (text, json, sarif, github)
