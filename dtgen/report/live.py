"""How the tree that runs differs from the one that was built, for people and programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dtgen.bringup.live import Comparison, Sameness
from dtgen.devicetree.diff import Change, ChangeKind
from dtgen.report.style import Style
from dtgen.words import counted

VERSION = 1
_SIGNS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-", ChangeKind.CHANGED: "~"}
_MOST = 20
"""Differences that are shown; the others are counted."""
_HELP = {
    Sameness.NO_OVERLAY: "boot the merged blob: the bootloader took the base, or left the overlay out",
    Sameness.PART: "a part of the overlay is there: two overlays disagree, or something was written after it",
    Sameness.OLDER: "the board boots an older build: install this one where its bootloader looks",
    Sameness.OTHER_BOARD: "the bootloader chose the tree of another board",
    Sameness.DIFFERS: "the base differs, or an overlay that is not known here was applied",
}


def report(found: Comparison, format_: str, style: Style) -> str:
    """The verdict first."""
    if format_ == "json":
        return json.dumps(_document(found), indent=2, ensure_ascii=False) + "\n"
    return "".join(f"{line}\n" for line in _lines(found, style))


def _lines(found: Comparison, style: Style) -> Iterator[str]:
    color = "red" if found.errors else "green"
    aside = sum(found.by_writer.values())
    detail = f" ({counted(aside, 'difference')})" if found.verdict is Sameness.BOOTLOADER else ""
    word = style.paint(found.verdict.value + detail, "bold", color)
    yield f"{style.paint(found.running, 'bold')} against {found.built}: {word}"
    if style.verbosity < 0:
        return
    if found.missing:
        of = f" of {found.written}" if found.written else ""
        yield f"    {found.missing}{of} properties of the overlay are not there as they were built"
    shown = found.real if style.verbosity > 0 else found.real[:_MOST]
    yield from (f"    {_change(change, style)}" for change in shown)
    if len(found.real) > len(shown):
        yield f"    and {counted(len(found.real) - len(shown), 'difference')} more; -v shows them"
    for rule, finding in found.new:
        yield f"    new: {finding.subject}: {finding.message} [{rule}]"
    if found.verdict in _HELP:
        yield f"    {style.paint('help', 'green')}: {_HELP[found.verdict]}"
    for who, count in sorted(found.by_writer.items()):
        yield f"    set aside, {who}: {counted(count, 'difference')}"
    if style.verbosity > 0:
        yield from (f"        {_change(d.change, style)}" for d in found.differences if d.writer)


def _change(change: Change, style: Style) -> str:
    place = f"{change.name}: {change.property}" if change.property else f"{change.name}: this node"
    if change.kind is ChangeKind.CHANGED and (change.old or change.new):
        place += f" = {change.old} -> {change.new}"
    elif change.old or change.new:
        place += f" = {change.old or change.new}"
    return style.paint(f"{_SIGNS[change.kind]} {place}", "yellow")


def _document(found: Comparison) -> dict[str, Any]:
    return {
        "version": VERSION,
        "running": found.running,
        "built": found.built,
        "verdict": found.verdict.value,
        "missing": found.missing,
        "written": found.written,
        "differences": [
            {
                "kind": difference.change.kind.value,
                "path": difference.change.path,
                "property": difference.change.property,
                "built": difference.change.old,
                "running": difference.change.new,
                "writer": difference.writer,
            }
            for difference in found.differences
        ],
        "new": [
            {
                "rule": rule,
                "node": finding.subject.path,
                "property": finding.subject.property,
                "message": finding.message,
            }
            for rule, finding in found.new
        ],
    }
