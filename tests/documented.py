"""The executed examples of a rule's documentation."""

from __future__ import annotations

import re
import textwrap
from typing import Any

from dtgen.rules import Rule


def examples(rule: Rule[Any], heading: str) -> list[str]:
    """The indented text below each `heading:` of the rule's documentation."""
    found = re.findall(rf"^{heading}[^\n]*:\n\n((?:    [^\n]*\n|\n)+)", rule.documentation, re.MULTILINE)
    return [textwrap.dedent(text) for text in found]
