"""A series that `git am` takes: the overlay, and the Makefile's lines for the bases it was proved on."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from dtgen.delivery.plan import Plan
from dtgen.records import dataclass

# what git format-patch writes where there is no commit; git am takes it for the begin of a mail
_FROM = "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001"
_PERSON = "Your Name <you@example.org>"
_DATE = "Thu, 1 Jan 1970 00:00:00 +0000"
_DTS = "arch/arm64/boot/dts"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file of the kernel tree, by its path there, before and after."""

    file: str
    old: str | None
    """None where there is none."""
    new: str


@dataclass(frozen=True, slots=True)
class Patch:
    """One mail of the series, without number."""

    subject: str
    body: Sequence[str]
    changes: Sequence[FileChange] = ()


def series(plan: Plan, summary: str, proved: Sequence[str], changes: Sequence[FileChange]) -> dict[str, str]:
    """The mails by their files' names; only what changes the tree is in them. None where nothing does.

    `proved`: a line for each base, that says what was found there.
    """
    changed = [change for change in changes if change.old != change.new]
    if not changed:
        return {}
    patches = [
        Patch(f"{_prefix(change, plan)}: {_what(change, plan)}", _why(change, plan, summary), [change])
        for change in changed
    ]
    cover = Patch(
        f"arm64: dts: qcom: {plan.overlay}: *** SUBJECT HERE ***",
        ("*** BLURB HERE ***", "", "Applied to and validated on:", "", *(f"  - {line}" for line in proved)),
    )
    count = len(patches)
    return {
        f"{number:04}-{_slug(patch.subject) if number else 'cover-letter'}.patch": _mail(patch, number, count)
        for number, patch in enumerate((cover, *patches))
    }


def _prefix(change: FileChange, plan: Plan) -> str:
    return f"arm64: dts: qcom: {plan.overlay.removesuffix('-el2')}"


def _what(change: FileChange, plan: Plan) -> str:
    if change.file.endswith("/Makefile"):
        return "Build the EL2 devicetrees"
    return "Add EL2 overlay" if change.old is None else "Update EL2 overlay"


def _why(change: FileChange, plan: Plan, summary: str) -> tuple[str, ...]:
    if not change.file.endswith("/Makefile"):
        return (summary,)
    return ("Apply the overlay to:", "", *(f"  - {entry.base}" for entry in plan.entries))


def _slug(subject: str) -> str:
    kept = "".join(character if character.isalnum() or character in "._" else "-" for character in subject)
    return "-".join(filter(None, kept.split("-")))[:52].rstrip("-.")


def _mail(patch: Patch, number: int, count: int) -> str:
    lines = [
        _FROM,
        f"From: {_PERSON}",
        f"Date: {_DATE}",
        f"Subject: [PATCH {number}/{count}] {patch.subject}",
        "",
        *patch.body,
        "",
    ]
    if patch.changes:
        lines += [f"Signed-off-by: {_PERSON}", "---", *_statistics(patch.changes), ""]
        lines += [line for change in patch.changes for line in _difference(change)]
    return "\n".join((*lines, "-- ", "dtgen", ""))


def _statistics(changes: Sequence[FileChange]) -> Iterator[str]:
    for change in changes:
        lines = list(_difference(change))
        added = sum(line.startswith("+") and not line.startswith("+++") for line in lines)
        removed = sum(line.startswith("-") and not line.startswith("---") for line in lines)
        yield f" {change.file} | {added + removed} {'+' * min(added, 40)}{'-' * min(removed, 40)}"


def _difference(change: FileChange) -> Iterator[str]:
    """As `git diff` has it."""
    yield f"diff --git a/{change.file} b/{change.file}"
    if change.old is None:
        yield "new file mode 100644"
    old = change.old.splitlines(keepends=True) if change.old else []
    before = "/dev/null" if change.old is None else f"a/{change.file}"
    for line in difflib.unified_diff(old, change.new.splitlines(keepends=True), before, f"b/{change.file}"):
        yield line.rstrip("\n")
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"


def path(directory: str, name: str) -> str:
    """Of a file of the devicetrees in the kernel tree."""
    return "/".join(part for part in (_DTS, directory, name) if part)
