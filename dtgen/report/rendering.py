"""The page as HTML: what stands in it is escaped, and it names the hashes of its style and its script."""

from __future__ import annotations

import base64
import hashlib
import re
import textwrap
from collections.abc import Iterator

from dtgen.description import template
from dtgen.diagnostics import State
from dtgen.hardware.memory import human_size
from dtgen.project import files, layout
from dtgen.report.page import ReportPage, rule_places
from dtgen.report.svg import picture
from dtgen.report.visible import visible

_LABEL = re.compile(r"([A-Z][a-z]+(?: [^:\n]{0,40})?):(?:\s|$)")
"""What a paragraph of a rule's page begins with."""


def rendered(page: ReportPage) -> str:
    """One file; it loads nothing, and a browser runs nothing in it but the script."""
    style, script = (files.text(layout.report_templates() / name) for name in ("page.css", "page.js"))
    style += picture.STYLE
    shows_findings = any(group.shown or group.left_out for group in page.findings)
    contents = (*page.record.contents, *(content for tree in page.trees for content in tree.contents))
    values = {
        "page": page,
        "sections": (
            ("pages", "Pages", bool(page.links)),
            ("boots", "Boots", bool(page.boots)),
            ("overview", "By schema and file", bool(page.by_rule)),
            ("findings", "Findings", shows_findings),
            ("files", "Files", bool(page.files)),
            ("trees", "Trees", bool(page.trees)),
            ("sources", "Sources", bool(page.record.written)),
            ("rules", "Rules", bool(page.record.pages)),
            ("run", "This run", True),
        ),
        "shows_findings": shows_findings,
        "tree_count": page.tree_count,
        "contents": tuple(dict.fromkeys(contents)),
        "rule_places": rule_places(page.record),
        "style": style,
        "script": script,
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "patterns": picture.PATTERNS,
        "paragraphs": _paragraphs,
        "human_size": human_size,
        "State": State,
    }
    return template.page("page.html.j2", values, visible)


def _hash(text: str) -> str:
    """What a Content-Security-Policy lets the page run."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _paragraphs(documentation: str) -> Iterator[tuple[str, str, bool]]:
    """Label, text, and whether that is code."""
    for block in documentation.strip().split("\n\n"):
        if block.startswith("    "):
            yield "", textwrap.dedent(block), True
            continue
        label = _LABEL.match(block)
        yield (label[1], block[label.end() :], False) if label else ("", block, False)
