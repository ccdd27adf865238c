"""What `dtgen format` did to files, or would do."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from dtgen.report import text
from dtgen.report.style import Style
from dtgen.results import FormatResult, Formatted
from dtgen.words import counted


def report(result: FormatResult, written: bool, diff: bool, style: Style) -> str:
    """`written`: whether the files were changed; `diff`: only how they would change is shown."""
    found = text.diagnostics(result.diagnostics, style)
    if diff:
        return found + "".join(_diff(file) for file in result.changed)
    if style.verbosity < 0:
        return found
    word = "formatted" if written else "would format"
    found += "".join(f"{word} {style.paint(file.name, 'bold')}\n" for file in result.changed)
    return found + f"{', '.join(_counts(result, written))}\n"


def _counts(result: FormatResult, written: bool) -> Iterator[str]:
    changed = len(result.changed)
    unchanged = len(result.files) - changed
    refused = len({diagnostic.location.file for diagnostic in result.diagnostics})
    if changed:
        yield f"{counted(changed, 'file')} {'formatted' if written else 'would change'}"
    if unchanged:
        yield f"{counted(unchanged, 'file')} unchanged"
    if refused:
        yield f"{counted(refused, 'file')} refused"


def _diff(file: Formatted) -> str:
    lines = difflib.unified_diff(
        file.old.splitlines(keepends=True), file.new.splitlines(keepends=True), file.name, file.name
    )
    ended = (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return "".join(ended)
