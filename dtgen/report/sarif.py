"""SARIF 2.1.0, which code scanning services take.

Introduced findings are results; with `--show-all`, fixed and pre-existing ones are, too, and say so in
`baselineState`: services that ignore it would show them as alerts.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from dtgen import __version__
from dtgen.diagnostics import Diagnostic, Location, Severity, State, Subject
from dtgen.report import findings
from dtgen.report.findings import Reported
from dtgen.report.style import Style
from dtgen.results import ApplyResult, BuildResult, CheckResult, DeliverResult, ValidationResult

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://dtgen.example.org/"
"""Where dtgen is at home; the `$id` of its schemas begins so."""
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_BASELINE = {State.INTRODUCED: "new", State.FIXED: "absent", State.PRE_EXISTING: "unchanged"}
_NUMBER = re.compile(r"\b(?:0x[0-9a-fA-F]+|[0-9]+)\b")


def builds(results: Sequence[BuildResult], style: Style) -> str:
    """All builds of a run."""
    return _log(findings.of_builds(results, style))


def application(result: ApplyResult, style: Style) -> str:
    """What `dtgen apply` did."""
    return _log(findings.of_application(result, style))


def validation(result: ValidationResult, style: Style) -> str:
    """What `dtgen validate` found."""
    return _log(findings.of_validation(result, style))


def checks(result: CheckResult, style: Style) -> str:
    """What `dtgen check` found."""
    return _log(findings.of_check(result, style))


def delivery(result: DeliverResult, style: Style) -> str:
    """What `dtgen deliver` found."""
    return _log(findings.of_check(result.check, style))


def diagnosis(found: Sequence[Reported]) -> str:
    """What `dtgen diagnose` found, where a line of the description is to be changed."""
    return _log(found)


def _log(found: Sequence[Reported]) -> str:
    ids = sorted({one.diagnostic.rule for one in found})
    rules = [_rule(id_) for id_ in ids]
    driver = {"name": "dtgen", "version": __version__, "informationUri": HOME, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": list(_results(found, ids)),
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(id_: str) -> dict[str, Any]:
    from dtgen.commands import explain  # with the causes of boots, which no other format needs

    page = explain.known(id_)
    if page is None:
        text = {"text": _other(id_)}
        return {"id": id_, "shortDescription": text, "fullDescription": text}
    summary, _, story = page.documentation.strip().partition("\n\n")
    why = " ".join(story.partition("\n\n")[0].removeprefix("Why:").split())
    rule: dict[str, Any] = {
        "id": id_,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": f"{summary} {why[:1].upper()}{why[1:]}"},
        "help": {"text": page.documentation.strip(), "markdown": _markdown(page.documentation)},
    }
    if page.severity:
        rule["defaultConfiguration"] = {"level": _LEVELS[page.severity]}
    return rule


def _other(id_: str) -> str:
    """Of a binding, or of a check that only another dtc has."""
    if id_.endswith(".yaml"):
        return f"What the dt-schema binding {id_} says is violated."
    return f"What dtc's check {id_.removeprefix('dtc:')} finds." if id_.startswith("dtc:") else f"[{id_}]"


def _markdown(text: str) -> str:
    """The headings of a rule's documentation in bold; its examples are code blocks already."""
    headings = r"^(Why|Fires on|Passes|Says|Silent|Fix|Kbuild|Note|Source):"
    return re.sub(headings, r"**\1:**", text.strip(), flags=re.MULTILINE)


def _results(found: Iterable[Reported], ids: Sequence[str]) -> Iterable[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for one in found:
        diagnostic = one.diagnostic
        print_ = _fingerprint(diagnostic)
        seen[print_] += 1
        result: dict[str, Any] = {
            "ruleId": diagnostic.rule,
            "ruleIndex": ids.index(diagnostic.rule),
            "level": _LEVELS[diagnostic.severity],
            "message": {"text": _message(diagnostic)},
            "locations": [_place(diagnostic.location, diagnostic.at.subject if diagnostic.at else None)],
            "partialFingerprints": {"dtgen/v1": f"{print_}:{seen[print_]}"},
            "baselineState": _BASELINE[one.state],
        }
        related = [(place.location, place.subject) for place in diagnostic.also]
        if diagnostic.at and diagnostic.at.location != diagnostic.location:
            related.insert(0, (diagnostic.at.location, diagnostic.at.subject))
        if related:
            result["relatedLocations"] = [
                {"id": number} | _place(where, subject) for number, (where, subject) in enumerate(related, 1)
            ]
        if diagnostic.allowed:
            result["suppressions"] = [{"kind": "inSource", "justification": diagnostic.allowed}]
        yield result


def _message(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.message}\nhelp: {diagnostic.help}" if diagnostic.help else diagnostic.message


def _place(where: Location, subject: Subject | None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(where.file)}
    if where.line:
        physical["region"] = {"startLine": where.line} | (
            {"startColumn": where.column} if where.column else {}
        )
    place: dict[str, Any] = {"physicalLocation": physical}
    if subject:
        kind = "property" if subject.property else "object"
        logical = {"name": subject.property or subject.path.rpartition("/")[2] or "/"}
        place["logicalLocations"] = [logical | {"fullyQualifiedName": str(subject), "kind": kind}]
    return place


def _artifact(file: str) -> dict[str, str]:
    """Relative to the directory that dtgen runs in, which is the repository's; others are absolute."""
    path = PurePath(file)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(bytes(path)), "uriBaseId": "%SRCROOT%"}


def _fingerprint(diagnostic: Diagnostic) -> str:
    """The same where lines have moved and values have changed."""
    about = str(diagnostic.at.subject) if diagnostic.at else ""
    message = _NUMBER.sub("0", diagnostic.message)
    identity = "\0".join((diagnostic.rule, diagnostic.location.file, about, message))
    return hashlib.sha256(identity.encode(errors="backslashreplace")).hexdigest()[:32]
