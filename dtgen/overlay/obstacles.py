"""Why an overlay cannot be applied to a base: every reason at once, before libfdt is asked.

libfdt stops at the first and says FDT_ERR_NOTFOUND, FDT_ERR_BADOVERLAY or nothing at all.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dtgen.devicetree.fixups import is_stray, malformed
from dtgen.devicetree.fragments import Fragment, Overlay
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Finding, Subject

MAX_NEAR = 3
MIN_LIKENESS = 0.75
PLACEHOLDER = 0xFFFFFFFF
"""What dtc leaves where a fixup will write a phandle."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an overlay cannot be applied. The finding's subject is a place in the overlay."""

    rule: str
    finding: Finding
    label: str = ""
    """The label that the base lacks, where that is the reason."""


def resolve(overlay: Overlay, base: Tree) -> tuple[dict[str, str], tuple[Obstacle, ...]]:
    """Fragment path to the path of its target in `base`, and all that keeps it from being applied.

    Without obstacles, every fragment has a target.
    """
    obstacles = tuple(no_overlay(overlay))
    obstacles += tuple(obstacle for reason in _REASONS for obstacle in reason(overlay, base))
    targets = {
        fragment.path: target
        for fragment in overlay.fragments
        if (target := _target(fragment, base)) is not None and fragment.body is not None
    }
    return targets, obstacles


def _target(fragment: Fragment, base: Tree) -> str | None:
    """As libfdt looks for it: a phandle first, which is a label's here, and else the path."""
    if fragment.label:
        path = base.symbols.get(fragment.label)
    else:
        by_phandle = fragment.target and any(fragment.target.cells)
        path = None if by_phandle else fragment.target_path
    node = base.find(path) if path else None
    return node.path if node else None


def no_overlay(overlay: Overlay) -> Iterator[Obstacle]:
    """Whether there is anything to apply, to whatever base."""
    board = ", ".join(overlay.tree.root.compatible)
    if overlay.fragments:
        return
    message, help = "there is no fragment in it: it is no overlay", "does its source lack /plugin/;?"
    if board or overlay.tree.nodes.keys() - {"/"}:
        message = f"this is a base{f' (of {board})' if board else ''}, not an overlay"
        help = "the order is: base, overlay, overlay, …"
    yield Obstacle("no-overlay", Finding(Subject("/"), message, help))


def _bad_fixups(overlay: Overlay, base: Tree) -> Iterator[Obstacle]:
    help = "compile the overlay again with dtc -@"
    for subject, message in malformed(overlay.tree):
        yield Obstacle("bad-fixup", Finding(subject, message, help))
    for place in overlay.references():
        if is_stray(overlay.tree, place):
            message = f"a fixup is for byte 0x{place.offset:x} of {place.property}, and there is no such cell"
            yield Obstacle("bad-fixup", Finding(Subject(place.path, place.property), message, help))


def _unknown_labels(overlay: Overlay, base: Tree) -> Iterator[Obstacle]:
    unknown = [label for label in overlay.fixups if label not in base.symbols]
    count, of = len(unknown), len(overlay.fixups)
    if base.symbols and 1 < of < count * 2:
        ours = ", ".join(base.root.compatible) or "a board without compatible"
        theirs = ", ".join(overlay.tree.root.compatible) or "one that it does not name"
        yield Obstacle(
            "another-soc",
            Finding(
                Subject("/"),
                f"{count} of {of} labels unknown: this overlay is for another SoC",
                f"base {base.file} is for {ours}; the overlay is for {theirs}",
            ),
        )
    for label in unknown:
        near = difflib.get_close_matches(label, base.symbols, MAX_NEAR, MIN_LIKENESS)
        help = f"did you mean {_one_of(near)}?" if near else _NO_NEAR_LABEL if base.symbols else _NO_SYMBOLS
        yield Obstacle(
            "unknown-label",
            Finding(_first_use(overlay, label), f"base {base.file} has no label {label}", help),
            label,
        )


_COMPILE_AGAIN = "compile the source again with `dtc -@`; it needs /plugin/; after /dts-v1/;"
_NO_SYMBOLS = (
    "the base has no labels at all (no __symbols__): compile it with `dtc -@` "
    "(in a kernel tree: make DTC_FLAGS=-@), or say with --symbols where they are"
)
_NO_NEAR_LABEL = "look for the node's label in the base's sources; a board may have deleted the node"


def _stale_labels(overlay: Overlay, base: Tree) -> Iterator[Obstacle]:
    for label in overlay.fixups:
        path = base.symbols.get(label)
        if path is not None and base.find(path) is None:
            yield Obstacle(
                "stale-label",
                Finding(
                    _first_use(overlay, label),
                    f"the label {label} of base {base.file} is of {path}, and there is no such node",
                    "the base is damaged: compile it again",
                ),
            )


def _bad_phandles(overlay: Overlay, base: Tree) -> Iterator[Obstacle]:
    """libfdt goes from a label to its phandle, and from there to the first node that has it."""
    for label in overlay.fixups:
        node = base.find(base.symbols.get(label, ""))
        if node is None:
            continue
        phandle = node.cell("phandle") if "phandle" in node.properties else node.cell("linux,phandle")
        if phandle in (None, 0, PLACEHOLDER):
            message = f"{node.path} of base {base.file} has the label {label}, but no phandle"
            help = "compile the base again with dtc -@, which gives every labelled node one"
        elif (other := base.by_phandle[phandle or 0]).path != node.path:
            message = f"{node.path} of base {base.file} has the phandle {phandle:#x}, and so has {other.path}"
            help = f"the base is damaged, and what is for {label} would go to {other.path}: compile it again"
        else:
            continue
        yield Obstacle("bad-phandle", Finding(_first_use(overlay, label), message, help))


def _lost_fragments(overlay: Overlay, base: Tree) -> Iterator[Obstacle]:
    for fragment in overlay.fragments:
        problem = _problem(fragment, base)
        if problem:
            yield Obstacle("fragment-target", problem)


def _problem(fragment: Fragment, base: Tree) -> Finding | None:
    subject = Subject(fragment.path)
    target = fragment.target
    if fragment.body is None:
        return Finding(subject, "the fragment has no __overlay__: libfdt would skip it silently")
    if target and len(target.value) != 4:
        return Finding(subject, f"the fragment's target has {len(target.value)} bytes, not one cell")
    if fragment.label is not None:
        return None  # an unknown one is told by its label
    if target and target.cells[0] == PLACEHOLDER:
        message = "the fragment's target waits for a label, and no fixup says which"
        return Finding(subject, message, _COMPILE_AGAIN)
    if target and target.cells[0]:
        message = (
            f"the fragment's target is the phandle {target.cells[0]:#x}, which one base alone understands"
        )
        return Finding(subject, message, _COMPILE_AGAIN)
    if fragment.target_path is None:
        help = "write &label { … }; or &{/path} { … }; in the source"
        return Finding(subject, "the fragment has no target", help)
    return None if base.find(fragment.target_path) else _no_path(fragment, fragment.target_path, base)


def _no_path(fragment: Fragment, path: str, base: Tree) -> Finding:
    if not path.startswith("/"):
        message = f'base {base.file} has no node "{path}", and no alias of that name'
        return Finding(Subject(fragment.path, "target-path"), message, "a path begins with /")
    deepest = path
    while base.find(deepest) is None:
        deepest = deepest.rpartition("/")[0] or "/"
    missing = path.removeprefix(deepest).strip("/").partition("/")[0]
    near = difflib.get_close_matches(missing, _children(base, deepest), MAX_NEAR, MIN_LIKENESS)
    help = f"{deepest} exists; did you mean its child {_one_of(near)}?" if near else f"{deepest} exists"
    return Finding(Subject(fragment.path, "target-path"), f"base {base.file} has no node {path}", help)


def _children(base: Tree, path: str) -> list[str]:
    node = base.find(path)
    return list(node.children) if node else []


_REASONS: tuple[Callable[[Overlay, Tree], Iterator[Obstacle]], ...] = (
    _bad_fixups,
    _unknown_labels,
    _stale_labels,
    _bad_phandles,
    _lost_fragments,
)


def _first_use(overlay: Overlay, label: str) -> Subject:
    places = overlay.fixups[label]
    return Subject(places[0].path, places[0].property) if places else Subject("/__fixups__", label)


def _one_of(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
