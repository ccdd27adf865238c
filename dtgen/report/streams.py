"""The stream map for people and programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dtgen.hardware.iommu import MAPPING_GROUPS
from dtgen.hardware.naming import listed
from dtgen.hardware.stream_map import Claimant, Smmu, Stream, StreamMap
from dtgen.report.style import Style

VERSION = 1


def report(tree_map: StreamMap, format_: str, style: Style) -> str:
    """A line for each node and stream, sorted by stream ID: `!` marks a conflict, `+` what is new."""
    if format_ == "json":
        return json.dumps(_document(tree_map), indent=2, ensure_ascii=False) + "\n"
    if format_ == "svg":
        from dtgen.report.svg.stream_map import svg

        return svg(tree_map)
    if not tree_map.smmus:
        return f"{tree_map.file}: no node claims a stream of an Arm SMMU\n"
    names = {
        claimant.subject.path: claimant.name
        for smmu in tree_map.smmus
        for stream in smmu.streams
        for claimant in stream.claimants
    }
    tables = ["".join(f"{line}\n" for line in _table(smmu, names, style)) for smmu in tree_map.smmus]
    return "\n".join(tables)


def _table(smmu: Smmu, names: Mapping[str, str], style: Style) -> Iterator[str]:
    title = f"&{smmu.label}  {smmu.path}" if smmu.label else smmu.path
    yield f"{style.paint(title, 'bold')}  {summary(smmu, style)}"
    ids = max(len(f"{stream.id:#x}") for stream in smmu.streams)
    texts = [_text(stream, smmu, ids) for stream in smmu.streams]
    width = max(map(len, texts))
    name_width = max(len(claimant.name) for stream in smmu.streams for claimant in stream.claimants)
    for stream, text in zip(smmu.streams, texts, strict=True):
        shown = text
        # a node may write one match in several ways
        for claimant, entries in Counter(replace(c, entry=0) for c in stream.claimants).items():
            signs = _signs(claimant, style)
            name = claimant.name.ljust(name_width)
            path = claimant.subject.path
            if claimant.available:
                name, path = style.paint(name, "cyan"), style.paint(path, "dim")
                line = f"{shown:{width}}  {name}  {path}"
            else:
                line = style.paint(f"{shown:{width}}  {name}  {path}", "dim")
            notes = _notes(claimant, entries, names, style)
            yield f"{signs} {line}{f'  {notes}' if notes else ''}"
            shown = ""


def summary(smmu: Smmu, style: Style) -> str:
    """Its version, what is left of its registers, what is new and what conflicts."""
    claimants = [claimant for stream in smmu.streams for claimant in stream.claimants]
    parts = [f"SMMUv{smmu.version}"]
    if not smmu.available:
        off = smmu.status if smmu.status != "okay" else "below a disabled node"
        parts.append(style.paint(off, "yellow"))
    if smmu.mapping_groups is not None:
        over = smmu.mapping_groups > MAPPING_GROUPS
        count = f"{smmu.mapping_groups} of at most {MAPPING_GROUPS} stream mapping groups"
        parts.append(style.paint(count, "red") if over else count)
    new = sum(claimant.new for claimant in claimants)
    conflicts = sum(claimant.conflicts for claimant in claimants)
    if new:
        parts.append(style.paint(f"{new} new", "green"))
    if conflicts:
        parts.append(style.paint(f"{conflicts} in conflict", "red"))
    return ", ".join(parts)


def _text(stream: Stream, smmu: Smmu, width: int) -> str:
    """IDs end in one column, so that they are as easy to compare as numbers are."""
    id = f"{stream.id:#x}".rjust(width)
    if stream.length > 1:
        return f"{id}-{stream.id + stream.length - 1:#x}"
    return f"{id}/{stream.mask:#x}" if smmu.version < 3 else id


def _signs(claimant: Claimant, style: Style) -> str:
    conflict = style.paint("!", "bold", "red") if claimant.conflicts else " "
    new = style.paint("+", "green") if claimant.new else " "
    return f"{conflict}{new}"


def _notes(claimant: Claimant, entries: int, names: Mapping[str, str], style: Style) -> str:
    notes = [] if claimant.subject.property == "iommus" else [str(claimant.subject.property)]
    if entries > 1:
        notes.append(f"{entries} entries")
    if not claimant.available:
        notes.append("disabled")
    if claimant.sharing:
        others = listed([names[path] for path in claimant.shares_with])
        what = f"{'conflicts' if claimant.conflicts else 'shared'} with {others}"
        notes.append(style.paint(what, "red") if claimant.conflicts else what)
    return f"({', '.join(notes)})" if notes else ""


def _document(tree_map: StreamMap) -> dict[str, Any]:
    return {
        "version": VERSION,
        "file": tree_map.file,
        "against": tree_map.against,
        "smmus": [
            {
                "path": smmu.path,
                "label": smmu.label,
                "smmu_version": smmu.version,
                "status": smmu.status,
                "available": smmu.available,
                "mapping_groups": smmu.mapping_groups,
                "streams": _streams(smmu.streams),
            }
            for smmu in tree_map.smmus
        ],
    }


def _streams(streams: Sequence[Stream]) -> list[dict[str, Any]]:
    return [
        {
            "id": stream.id,
            "mask": stream.mask,
            "length": stream.length,
            "claimants": [
                {
                    "node": claimant.subject.path,
                    "property": claimant.subject.property,
                    "entry": claimant.entry,
                    "label": claimant.label,
                    "available": claimant.available,
                    "new": claimant.new,
                    "conflicts": claimant.conflicts,
                    "sharing": claimant.sharing.value if claimant.sharing else None,
                    "shares_with": list(claimant.shares_with),
                }
                for claimant in stream.claimants
            ],
        }
        for stream in streams
    ]
