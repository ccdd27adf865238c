"""A fragment of the overlay has no target in the base, or nothing to put there.

Why: a fragment is a target and an `__overlay__` that is merged into it. A path that the base does not have
and a target that is no label are FDT_ERR_NOTFOUND or FDT_ERR_BADPHANDLE to libfdt, which does not say of
which fragment. It merges one fragment after the other, so a target may be what an earlier one adds. A
fragment without an `__overlay__` it skips without a word.

Fires on:

    soc { dsp { }; };
    /plugin/;
    &{/soc/gpu} { status = "disabled"; };

Fires on a phandle of one certain base:

    soc { dsp { phandle = <0x40>; }; };
    /plugin/;
    / { fragment@0 { target = <0x40>; __overlay__ { status = "disabled"; }; }; };

Fires on a node that a later fragment adds:

    soc { };
    /plugin/;
    &{/soc/dsp} { status = "disabled"; };
    &{/soc} { dsp { }; };

Passes:

    soc { dsp { }; };
    /plugin/;
    &{/soc/dsp} { status = "disabled"; };
    &{/soc} { gpu { }; };
    &{/soc/gpu} { status = "disabled"; };

Fix: write `&label { … };` or `&{/path} { … };`, and compile with `dtc -@`.

Source: overlay_get_target() and overlay_merge() in libfdt's fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.fixups import PLACEHOLDER
from dtgen.devicetree.fragments import Fragment, Overlay
from dtgen.devicetree.tree import Node, Tree
from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.application import Application, likely
from dtgen.overlay.placement import Placement, placement

ID = "fragment-target"

_COMPILE_AGAIN = "compile the source again with `dtc -@`; it needs /plugin/; after /dts-v1/;"


def check(application: Application) -> Iterator[Finding]:
    placed = placement(application.overlay, application.base)
    for fragment in application.overlay.fragments:
        problem = _problem(fragment, application, placed)
        if problem:
            yield problem


def _problem(fragment: Fragment, application: Application, placed: Placement) -> Finding | None:
    subject = Subject(fragment.path)
    target = fragment.target
    if fragment.body is None:
        misspelt = next(iter(application.overlay.tree.nodes[fragment.path].children), None)
        help = f"is {misspelt} meant to be __overlay__?" if misspelt else ""
        return Finding(subject, "the fragment has no __overlay__: libfdt would skip it silently", help)
    if target and target.is_strings:
        return _string(fragment, target.strings[0])
    if target and len(target.value) != 4:
        return Finding(subject, f"the fragment's target has {len(target.value)} bytes, not one cell")
    if taken := placed.lost.get(fragment.path):
        return _lost(fragment, taken, application)
    if fragment.path in placed.targets or fragment.label is not None:
        return None  # an unknown label is a finding of its own
    if fragment.own:
        return _not_there_yet(fragment, fragment.own, application.overlay, placed)
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
    if later := placed.maker(fragment.target_path):
        return _too_early(Subject(fragment.path, "target-path"), fragment.target_path, later)
    return _no_path(fragment, fragment.target_path, application.base)


def _string(fragment: Fragment, text: str) -> Finding:
    """Of a target that is no phandle."""
    instead = f'target-path = "{text}";' if text.startswith("/") else f"target = <&{text}>;"
    message = f'the fragment\'s target is the string "{text}", not the phandle of a node'
    return Finding(Subject(fragment.path, "target"), message, f"write {instead}")


def _lost(fragment: Fragment, taken: str, application: Application) -> Finding:
    tree = application.overlay.tree
    name = (
        f"&{fragment.label}" if fragment.label else tree.name_of(fragment.own.path if fragment.own else "/")
    )
    return Finding(
        Subject(fragment.path, "target"),
        f"the fragment's target, {name}, has lost its phandle to {tree.name_of(taken)}, a label of the same "
        "node: libfdt does not find it any more",
        "remove one of the labels",
        (Subject(taken),),
    )


def _not_there_yet(fragment: Fragment, own: Node, overlay: Overlay, placed: Placement) -> Finding | None:
    subject, name = Subject(fragment.path, "target"), overlay.tree.name_of(own.path)
    around = _around(own, overlay)
    if around is None:
        message = f"{name} stands outside of every __overlay__, and is not merged: it cannot be a target"
        return Finding(subject, message, "write it into &{/} { … };")
    if around is fragment:
        return Finding(subject, f"the fragment's target, {name}, is a node that it adds itself")
    if placed.merged(own.path):
        return _too_early(subject, name, around)
    if fragment.path != min(_circle(fragment, overlay), default=None):
        return None  # a fragment that this one waits for has a finding of its own
    return Finding(
        subject,
        f"the fragment's target, {name}, is a node of {around.path.strip('/')}, "
        "which cannot be applied before this one",
    )


def _around(node: Node, overlay: Overlay) -> Fragment | None:
    """The fragment whose body a node is in."""
    return next((f for f in overlay.fragments if f.body and _is_in(node, f.body)), None)


def _circle(fragment: Fragment, overlay: Overlay) -> tuple[str, ...]:
    """The fragments that wait for each other's nodes, as the targets from this one on lead to them."""
    seen: list[str] = []
    here: Fragment | None = fragment
    while here and here.path not in seen:
        seen.append(here.path)
        here = _around(here.own, overlay) if here.own else None
    return tuple(seen[seen.index(here.path) :]) if here else ()


def _is_in(node: Node, body: Node) -> bool:
    return any(node is below for below in body.walk())


def _too_early(subject: Subject, name: str, later: Fragment) -> Finding:
    return Finding(
        subject,
        f"{name} is a node that {later.path.strip('/')} of this overlay adds later",
        "put that fragment first",
        (Subject(later.path),),
    )


def _no_path(fragment: Fragment, path: str, base: Tree) -> Finding:
    if not path.startswith("/"):
        message = f'the base has no node "{path}", and no alias of that name'
        return Finding(Subject(fragment.path, "target-path"), message, "a path begins with /")
    deepest = path
    while base.find(deepest) is None:
        deepest = deepest.rpartition("/")[0] or "/"
    missing = path.removeprefix(deepest).strip("/").partition("/")[0]
    near = likely(missing, _children(base, deepest))
    help = f"{deepest} exists; did you mean its child {near}?" if near else f"{deepest} exists"
    if deepest == "/" and not near:
        help = "write the path of a node that the base has, or its label: &label"
    return Finding(Subject(fragment.path, "target-path"), f"the base has no node {path}", help)


def _children(base: Tree, path: str) -> list[str]:
    node = base.find(path)
    return list(node.children) if node else []
