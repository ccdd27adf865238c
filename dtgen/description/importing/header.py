"""Licence, copyright and summary from the comments that an overlay's source begins with."""

from __future__ import annotations

import re

from dtgen.records import dataclass

_LICENSE = re.compile(r"SPDX-License-Identifier:\s*([^\n*]*)")
_COPYRIGHT = re.compile(r"^(?:SPDX-FileCopyrightText:|Copyright\b)\s*(?:\(c\)|©)?\s*", re.IGNORECASE)
_AUTHOR = re.compile(r"^(?:Authors?:|All rights reserved)", re.IGNORECASE)
_MAX_LINE = 200


@dataclass(frozen=True, slots=True)
class Header:
    """None or empty: the source does not say."""

    license: str | None
    copyright: tuple[str, ...]
    summary: str | None
    lost: tuple[str, ...]
    """Lines for which a description has no place."""


def parse(head: str) -> Header:
    """Of comments, with their marks."""
    license_ = _LICENSE.search(head)
    found: list[str] = []
    lost: list[str] = []
    paragraphs: list[list[str]] = [[]]
    for raw in head.split("\n"):
        line = re.sub(r"^\s*(?:/\*+|//|\*+/|\*)?\s?", "", raw).removesuffix("*/").strip()
        if "SPDX-License" in line:
            continue
        if copyright_ := _COPYRIGHT.match(line):
            found.append(line[copyright_.end() :])
        elif _AUTHOR.match(line):
            lost.append(line)
        elif line:
            paragraphs[-1].append(line)
        else:
            paragraphs.append([])
    texts = [" ".join(paragraph) for paragraph in paragraphs if paragraph]
    summary = texts[0] if texts and len(texts[0]) <= _MAX_LINE else None
    return Header(
        license_[1].strip(" /") if license_ else None,
        tuple(found),
        summary,
        (*lost, *texts[1 if summary else 0 :]),
    )
