"""The rules for people and programs: a table of them, and the whole story of one."""

from __future__ import annotations

import difflib
import json
import re
from typing import Any

from dtgen.bringup import causes
from dtgen.errors import ToolError
from dtgen.report.style import Style
from dtgen.rules import ALL, STAGES, Rule

_HEADING = re.compile(r"^(Why|Fires on|Passes|Says|Silent|Fix|Source)\b", re.MULTILINE)


def table(format_: str, style: Style) -> str:
    """Id, severity and first sentence of each rule."""
    found = ALL.values()
    if format_ == "json":
        rows = [
            {"id": rule.id, "severity": rule.severity.value, "summary": _summary(rule), "when": _when(rule)}
            for rule in found
        ]
        return json.dumps({"version": 1, "rules": rows}, indent=2, ensure_ascii=False) + "\n"
    width = max(len(rule.id) for rule in found)
    return "".join(
        f"{style.paint(f'{rule.id:{width}}', 'bold')}  {style.severity(rule.severity)}"
        f"{'':{8 - len(rule.severity.value)}} {_summary(rule)}\n"
        for rule in found
    )


def explained(name: str, style: Style) -> str:
    """The documentation of a rule, or of a cause that a log shows.

    Raises: ToolError where there is neither, with near matches.
    """
    if cause := causes.ALL.get(name):
        text = _HEADING.sub(lambda match: style.paint(match[0], "bold"), cause.documentation.rstrip())
        return f"{style.paint(name, 'bold')}: {text}\n\nLooked for by `dtgen diagnose`.\n"
    rule = ALL.get(name)
    if rule is None:
        near = difflib.get_close_matches(name, (*ALL, *causes.ALL), 1)
        help = f"did you mean {near[0]}?" if near else "`dtgen rules` lists those that there are"
        raise ToolError(f"{name} is {_other(name)}", help)
    text = _HEADING.sub(lambda match: style.paint(match[0], "bold"), rule.documentation.rstrip())
    title = style.paint(rule.id, "bold")
    return f"{title} ({style.severity(rule.severity)}): {text}\n\nChecked {_when(rule)}.\n"


def _other(name: str) -> str:
    """What it is that findings name in brackets, if not a rule."""
    if name.endswith(".yaml"):
        return "a dt-schema binding: its file has the description"
    if name.startswith("dtc"):
        return "a check of dtc's"
    return "no rule"


def _summary(rule: Rule[Any]) -> str:
    return rule.documentation.partition("\n")[0]


def _when(rule: Rule[Any]) -> str:
    when = next(stage.when for stage in STAGES if rule in stage.rules)
    return when + (", if it is for Linux at EL2" if rule.at_el2 else "")
