"""Output formats, one a file. Each turns results into text and knows nothing of where it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from dtgen.report import json, text
from dtgen.report.style import Style
from dtgen.result import ApplyResult, BuildResult, DiffResult, ValidationResult


class Format(Protocol):
    """What a format's module has: a function for each kind of result."""

    @property
    def builds(self) -> Callable[[Sequence[BuildResult], Style], str]: ...
    @property
    def application(self) -> Callable[[ApplyResult, Style], str]: ...
    @property
    def validation(self) -> Callable[[ValidationResult, Style], str]: ...
    @property
    def difference(self) -> Callable[[DiffResult, Style], str]: ...


FORMATS: dict[str, Format] = {"text": text, "json": json}
