"""What a board's log shows, for people and programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from dtgen.bringup.boots import Boot
from dtgen.bringup.diagnosis import FoundCause
from dtgen.bringup.message import Event
from dtgen.bringup.verdict import Confidence
from dtgen.commands.diagnose import DiagnosedBoot, DiagnosedLog
from dtgen.diagnostics import Diagnostic, Location, Place, Severity, State
from dtgen.report import sarif
from dtgen.report.findings import Reported
from dtgen.report.style import Style

VERSION = 1
_MOST = 3
"""Causes that are shown; the others are counted."""
_COLORS = {
    Confidence.CERTAIN: "red", Confidence.LIKELY: "red", Confidence.POSSIBLE: "yellow",
    Confidence.NOT_THE_TREE: "green", Confidence.UNKNOWN: "yellow", Confidence.INFO: "cyan",
}  # fmt: skip
_ABOUT = "about IOMMUs, remote processors, firmware and overlays"


def report(logs: Sequence[DiagnosedLog], format_: str, style: Style) -> str:
    """All logs of a run."""
    if format_ == "json":
        return json.dumps(_document(logs), indent=2, ensure_ascii=False) + "\n"
    if format_ == "sarif":
        return sarif.diagnosis(list(_reported(logs)))
    return "\n".join("".join(f"{line}\n" for line in _log(log, style)) for log in logs)


def _log(log: DiagnosedLog, style: Style) -> Iterator[str]:
    for number, boot in enumerate(log.boots):
        if number:
            yield ""
        yield from _boot(log, boot, style)
    if style.verbosity > 0:
        yield from _unknown(log, style)


def _boot(log: DiagnosedLog, boot: DiagnosedBoot, style: Style) -> Iterator[str]:
    name, causes = log.log.name, boot.diagnosis.causes
    if style.verbosity >= 0:
        yield f"{style.paint(name, 'bold')}: {', '.join(headline(log, boot))}"
    shown = causes if style.verbosity > 0 else causes[:_MOST]
    for number, found in enumerate(shown, 1):
        yield ""
        yield from _cause(f"cause {number}, ", found, name, style)
    if len(causes) > len(shown):
        yield f"and {_count(len(causes) - len(shown), 'more cause')}; -v shows them"
    if style.verbosity < 0:
        return
    if boot.diagnosis.notes:
        yield ""
    for found in boot.diagnosis.notes:
        yield from _cause("", found, name, style)
    yield from end(log, boot, bool(causes))


def headline(log: DiagnosedLog, boot: DiagnosedBoot) -> Iterator[str]:
    """What ran, where and how long."""
    version, model = boot.boot.first("linux-version"), boot.boot.first("model")
    level = f"at EL{boot.level}" if boot.level else "level unknown"
    yield f"Linux {version.get('version')} {level}" if version else level.removeprefix("at ")
    if model:
        yield f'"{model.get("model")}"'
    count = log.log.count
    yield "1 boot" if count == 1 else f"boot {boot.number} of {count}"
    if boot.boot.before is not None:
        yield f"the one before ended after {boot.boot.before:.1f} s without a word"
    if boot.boot.last_time is not None:
        yield f"{boot.boot.last_time:.1f} s"


def _cause(number: str, found: FoundCause, file: str, style: Style) -> Iterator[str]:
    verdict = found.verdict
    word = style.paint(verdict.confidence.value, "bold", _COLORS[verdict.confidence])
    yield f"{number}{word}: {verdict.summary} {style.paint(f'[{found.id}]', 'dim')}"
    for event in verdict.shows:
        times = f"   (×{event.count:,})" if event.count > 1 else ""
        yield f"    {_place(file, event)}: {event.text}{times}"
    yield from (f"    {remark}" for remark in verdict.remarks)
    yield from (f"    tree: {fact}" for fact in verdict.tree)
    for rival in verdict.rivals:
        yield f"    either: {rival}" if rival is verdict.rivals[0] else f"        or: {rival}"
    if verdict.change:
        yield f"    {style.paint('change', 'green')}: {verdict.change}"
    if verdict.verify and verdict.confidence.is_cause:
        yield f"    verify: {verdict.verify}"
    yield from _follows(verdict.follows, file, style)
    for event in verdict.innocent:
        yield f"    not a cause: {_place(file, event)}: {event.text}"


def _follows(events: Sequence[Event], file: str, style: Style) -> Iterator[str]:
    unique = list({(event.line, event.text): event for event in events}.values())
    if style.verbosity > 0:
        yield from (f"    follows: {_place(file, event)}: {event.text}" for event in unique)
    elif unique:
        count = sum(event.count for event in unique)
        yield f"    follows: {_count(count, 'line')} ({_place(file, unique[0])}: {_short(unique[0])})"


def _place(file: str, event: Event) -> str:
    return f"{event.file or file}:{event.line}"


def _short(event: Event) -> str:
    """Without the time."""
    text = event.text.partition("] ")[2] if event.time is not None and "] " in event.text else event.text
    return text if len(text) <= 100 else f"{text[:99]}…"


def end(log: DiagnosedLog, boot: DiagnosedBoot, any_cause: bool) -> Iterator[str]:
    """What was looked at, and what would say more; the first line is empty."""
    tally = log.log.tally
    lines = tally.understood + sum(unknown.count for unknown in tally.unknown.values())
    other = "nothing else" if any_cause or boot.diagnosis.notes else "no failure"
    yield ""
    yield f"{other} was found in {_count(lines, 'line')} {_ABOUT}, of {tally.lines:,}"
    if boot.boot.dropped:
        yield f"{_count(boot.boot.dropped, 'message')} were too many to be kept"
    yield from boot.remarks
    missing = [
        name for name, there in (("--tree MERGED.dtb", log.tree), ("--board NAME", log.board)) if not there
    ]
    undecided = [f for f in boot.diagnosis.causes if f.verdict.confidence is not Confidence.NOT_THE_TREE]
    if missing and undecided:
        yield f"{' and '.join(missing)} would say more: which node and which line it is"


def _unknown(log: DiagnosedLog, style: Style) -> Iterator[str]:
    del style
    for driver, unknown in sorted(log.log.tally.unknown.items()):
        yield f"not understood, {driver}: {_count(unknown.count, 'line')}"
        yield from (f"    {log.log.name}:{number}: {text[:200]}" for number, text in unknown.lines)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _document(logs: Sequence[DiagnosedLog]) -> dict[str, Any]:
    return {
        "version": VERSION,
        "errors": sum(log.errors for log in logs),
        "logs": [_of_log(log) for log in logs],
    }


def _of_log(log: DiagnosedLog) -> dict[str, Any]:
    tally = log.log.tally
    return {
        "file": log.log.name,
        "tree": log.tree,
        "board": log.board,
        "lines": tally.lines,
        "understood": tally.understood,
        "not_understood": {driver: unknown.count for driver, unknown in sorted(tally.unknown.items())},
        "boots": log.log.count,
        "diagnoses": [_of_boot(boot) for boot in log.boots],
    }


def _of_boot(boot: DiagnosedBoot) -> dict[str, Any]:
    return {
        "boot": boot.number,
        "linux": _field(boot.boot, "linux-version", "version"),
        "model": _field(boot.boot, "model", "model"),
        "level": boot.level,
        "seconds": boot.boot.last_time,
        "causes": [_of_cause(found) for found in boot.diagnosis.causes],
        "notes": [_of_cause(found) for found in boot.diagnosis.notes],
        "remarks": list(boot.remarks),
    }


def _field(boot: Boot, message: str, name: str) -> str | None:
    event = boot.first(message)
    return event.get(name) if event else None


def _of_cause(found: FoundCause) -> dict[str, Any]:
    verdict = found.verdict
    subject, change = verdict.subject, verdict.change
    location = change.location if change else None
    return {
        "cause": found.cause.id,
        "rule": verdict.rule or None,
        "confidence": verdict.confidence.value,
        "summary": verdict.summary,
        "node": subject.path if subject else None,
        "property": subject.property if subject else None,
        "shows": [_of_event(event) for event in verdict.shows],
        "remarks": list(verdict.remarks),
        "tree": list(verdict.tree),
        "change": change.text if change else None,
        "location": _of_location(location) if location else None,
        "verify": verdict.verify,
        "either": list(verdict.rivals),
        "follows": [_of_event(event) for event in verdict.follows],
        "not_causes": [_of_event(event) for event in verdict.innocent],
    }


def _of_event(event: Event) -> dict[str, Any]:
    return {
        "message": event.id,
        "file": event.file or None,
        "line": event.line,
        "time": event.time,
        "text": event.text,
        "count": event.count,
    }


def _of_location(location: Location) -> dict[str, Any]:
    return {"file": location.file, "line": location.line, "column": location.column}


def _reported(logs: Sequence[DiagnosedLog]) -> Iterator[Reported]:
    """Those that a line of the user's file is to be changed for."""
    for log in logs:
        for boot in log.boots:
            for found in boot.diagnosis.causes:
                verdict = found.verdict
                if not verdict.confidence.fails or not verdict.change or not verdict.change.location:
                    continue
                shown = Location(log.log.name, verdict.shows[0].line)
                at = Place(verdict.subject, shown) if verdict.subject else None
                severity = Severity.ERROR if verdict.confidence is Confidence.CERTAIN else Severity.WARNING
                yield Reported(
                    State.INTRODUCED,
                    Diagnostic(
                        found.id,
                        severity,
                        verdict.summary,
                        verdict.change.location,
                        at,
                        help=verdict.change.text,
                    ),
                )
