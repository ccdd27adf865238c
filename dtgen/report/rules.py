"""What there is to know of rules and of all else that stands in brackets: a table, and the page of one."""

from __future__ import annotations

import json
import re

from dtgen.commands.explain import TABLES, Page
from dtgen.report.style import Style

_HEADING = re.compile(
    r"^(Why|Fires on|Passes|Says|Silent|Fix|Kbuild|Note|Required|Allowed|More|File|Source)\b(?=[^\n]*:)",
    re.MULTILINE,
)


def table(format_: str, style: Style) -> str:
    """Id, severity and first sentence of each, by stage."""
    if format_ == "json":
        rows = [
            {
                "id": page.id,
                "severity": page.severity and page.severity.value,
                "summary": page.summary,
                "when": page.when or table.when,
            }
            for table in TABLES
            for page in table.pages
        ]
        return json.dumps({"version": 1, "rules": rows}, indent=2, ensure_ascii=False) + "\n"
    width = max(len(page.id) for table in TABLES for page in table.pages)
    blocks = (
        f"{table.when[0].upper()}{table.when[1:]}:\n"
        + "".join(f"  {_row(page, width, style)}\n" for page in table.pages)
        for table in TABLES
    )
    return "\n".join(blocks)


def _row(page: Page, width: int, style: Style) -> str:
    word = page.severity.value if page.severity else ""
    severity = f"{style.severity(page.severity) if page.severity else ''}{'':{8 - len(word)}}"
    return f"{style.paint(f'{page.id:{width}}', 'bold')}  {severity} {page.summary}"


def explained(page: Page, style: Style) -> str:
    """The whole page."""
    text = _HEADING.sub(lambda match: style.paint(match[0], "bold"), page.documentation.rstrip())
    title = style.paint(page.id, "bold")
    severity = f" ({style.severity(page.severity)})" if page.severity else ""
    verb = "Checked" if page.severity else "Looked for"
    when = f"\n\n{verb} {page.when}." if page.when else ""
    return f"{title}{severity}: {text}{when}\n"
