"""The overlay refers to a label that the base does not have.

Why: a reference is resolved through the base's `__symbols__`, when the overlay is applied. libfdt stops at
the first label that is not there, and all that it says is FDT_ERR_NOTFOUND. A board may have deleted the
node, be of another SoC, or have been compiled without labels (`dtc -@`).

Fires on:

    gpu: gpu { };
    /plugin/;
    &gpu_zap_shader { status = "disabled"; };

Fires on a label among the values, too:

    dsp: dsp { };
    /plugin/;
    &dsp { iommus = <&apps_smmu 0x3000 0x0>; };

Passes:

    gpu: gpu { gpu_zap_shader: zap-shader { }; };
    /plugin/;
    &gpu_zap_shader { status = "disabled"; };

Fix: write the label as the base has it, or leave the node out for this board. For a base without labels
say with `--symbols` where they are.

Source: overlay_fixup_phandle() in libfdt's fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Finding
from dtgen.overlay.application import Application, likely

ID = "unknown-label"

_NO_SYMBOLS = (
    "the base has no labels at all (no __symbols__): compile it with `dtc -@` "
    "(in a kernel tree: make DTC_FLAGS=-@), or say with --symbols where they are"
)
_STAND_IN = (
    "it has only what dtgen's own overlays touch: build on your board with --base FILE, or with --kernel DIR"
)
_NO_NEAR_LABEL = "look for the node's label in the base's sources; a board may have deleted the node"
_ANOTHER_FIRST = "another overlay may have to come first, whose label it is"
_SAY_WHERE = "say with --symbols where it is: a blob, a source or a kernel tree with this board"


def check(application: Application) -> Iterator[Finding]:
    base, own = application.base, application.overlay.tree.symbols
    for label in application.unknown_labels:
        shown = "the built-in base" if application.stand_in else "the base"
        message = f"{shown} has no label {label}"
        if label.startswith("/"):
            message, help = _path(label, base)
        elif where := application.deletion(label):
            help = f"{where} deletes the node: leave it out for this board"
        elif label in application.unplaced:
            message, help = application.unplaced[label], _SAY_WHERE
        elif label in application.later:
            help = f"{application.later[label]}, later in the stack, has it: put that first"
        elif near := likely(label, own):
            message = f"neither the overlay nor {shown} has a label {label}"
            help = f"did you mean {near}, which this overlay adds?"
        elif near := likely(label, application.constants):
            message = f"{label} is not a constant, and {shown} has no such label"
            help = f"did you mean {near}?"
        else:
            help = _near(label, application)
        word = f"&{{{label}}}" if label.startswith("/") else f"&{label}"
        yield Finding(application.first_use(label), message, help, word=word)


def _path(path: str, base: Tree) -> tuple[str, str]:
    """Of a reference by path among cells, for which dtc writes a fixup that no label fits."""
    message = f"libfdt cannot resolve the path reference &{{{path}}} in cells"
    node = base.find(path)
    if node is None:
        return f"{message}, and the base has no such node", "write the label of a node"
    label = base.labels.get(node.path)
    if label is None:
        return f"{message}; the node is there, and has no label", "give it a label in the base's sources"
    return f"{message}; the node is there, its label is &{label}", f"write &{label}"


def _near(label: str, application: Application) -> str:
    base = application.base
    if not base.symbols:
        return _NO_SYMBOLS
    name = label.replace("_", "-")
    alike = (path for path, node in base.nodes.items() if node.name.partition("@")[0] == name)
    unlabelled = next((path for path in alike if path not in base.labels), None)
    if unlabelled:
        return f"the node {unlabelled} has no label: write &{{{unlabelled}}}"
    if near := likely(label, base.symbols):
        return f"did you mean {near}?"
    if new := _unlabelled(label, application.overlay):
        return f"give {new} the label {label}"
    if application.stand_in:
        return _STAND_IN
    return _ANOTHER_FIRST if application.is_same_board else _NO_NEAR_LABEL


def _unlabelled(label: str, overlay: Overlay) -> str | None:
    """A node that the overlay writes without a label, whose name the label begins with."""
    for fragment in overlay.fragments:
        for node in list(fragment.body.walk())[1:] if fragment.body else ():
            name = node.name.partition("@")[0].replace("-", "_")
            if node.path not in overlay.tree.labels and f"{label}_".startswith(f"{name}_"):
                return node.name
    return None
