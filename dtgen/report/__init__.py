"""Output formats, one a file. Each turns results into text and knows nothing of where it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dtgen.report import json, text
from dtgen.report.style import Style
from dtgen.result import BuildResult

FORMATS: dict[str, Callable[[Sequence[BuildResult], Style], str]] = {
    "text": text.builds,
    "json": json.builds,
}
