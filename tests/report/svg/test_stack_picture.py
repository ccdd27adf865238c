"""A stack as a picture."""

from __future__ import annotations

from drawn import parsed, titles, words

from dtgen.devicetree.diff import Change, ChangeKind
from dtgen.report.svg.picture import document
from dtgen.report.svg.stack import MOST_ROWS, picture
from dtgen.results import LayerChanges


def change(kind: ChangeKind, prop: str | None, old: str = "", new: str = "", path: str = "/dsp") -> Change:
    return Change(kind, path, "&dsp" if path == "/dsp" else path, prop, old, new)


LAYERS = (
    LayerChanges(
        "el2.dtbo",
        (
            change(ChangeKind.ADDED, "iommus", new="<&smmu 1 0>"),
            change(ChangeKind.CHANGED, "status", '"okay"', '"disabled"'),
        ),
    ),
    LayerChanges(
        "more.dtbo",
        (
            change(ChangeKind.CHANGED, "iommus", "<&smmu 1 0>", "<&smmu 2 0>"),
            change(ChangeKind.REMOVED, None, path="/zap"),
        ),
    ),
)


def test_who_wrote_what() -> None:
    root = parsed(document("t", [picture("base.dtb", LAYERS)]))
    assert titles(root, "claim") == {
        "&dsp: iommus added: <&smmu 1 0>": ["claim new"],
        "&dsp: iommus changed: <&smmu 1 0> → <&smmu 2 0>": ["claim changed"],
        '&dsp: status changed: "okay" → "disabled"': ["claim changed"],
        "/zap: this node removed": ["claim conflict"],
    }
    assert words(root) == [
        "0  base.dtb", "1  el2.dtbo, 2 changes", "2  more.dtbo, 2 changes", "0", "1", "2",
        "&dsp", "iommus", "status", "/zap", "this node", "in the base", "added", "changed", "removed",
    ]  # fmt: skip


def test_marks_stand_in_the_column_of_their_layer() -> None:
    root = parsed(document("t", [picture("base.dtb", LAYERS)]))
    marks = [
        path.get("transform") or ""
        for path in root.iter()
        if (path.get("class") or "").startswith(("claim ", "hollow"))
    ]
    columns = [mark.removeprefix("translate(").partition(" ")[0] for mark in marks[:6]]
    base, first, second = sorted(set(columns), key=float)
    # iommus: both overlays; status: the base and the first; the node: the base and the second
    assert columns == [first, second, base, first, base, second]


def test_a_large_stack_is_cut() -> None:
    changes = tuple(change(ChangeKind.ADDED, f"p{n}" + "x" * 10_000) for n in range(MOST_ROWS + 7))
    text = document("t", [picture("b" * 10_000, (LayerChanges("a" * 10_000, changes),))])
    assert "+7 more, in the table" in words(parsed(text))
    assert len(text) < 120_000
