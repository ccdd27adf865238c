"""Trees on a page: what each changed, who wrote it, its maps; what a tree before has is not shown again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dtgen.devicetree.diff import Change
from dtgen.diagnostics import errors
from dtgen.hardware.memory_map import MemoryMap
from dtgen.report import page as pages
from dtgen.report.page import ShownMap, ShownTree
from dtgen.report.svg import memory_map, picture, stack, stream_map
from dtgen.results import Assessment, BaseResult, BuildResult, TreeResult, View
from dtgen.words import counted


def of_base(
    result: BuildResult, base: BaseResult, before: Sequence[ShownTree], of_several: bool
) -> ShownTree:
    """A base of a build. `before`: what the page has already; `of_several`: boards."""
    title = f"{result.board} on {base.file}" if of_several else base.file
    sentence = f"applied, {counted(len(base.changes), 'change')}, {sentence_of(base.assessment)}"
    return _tree(
        title, sentence if base.applied else "not applied, nothing written", base.applied, base.output,
        base.notes, base.changes, base.assessment, base.view, base.file, before,
    )  # fmt: skip


def of_tree(tree: TreeResult, before: Sequence[ShownTree] = ()) -> ShownTree:
    """A tree that was validated, or could not be."""
    title = f"{tree.file} against {tree.against}" if tree.against else tree.file
    sentence = sentence_of(tree.assessment) if tree.validated else "not validated"
    changes = [change for layer in tree.view.layers for change in layer.changes] if tree.view else []
    base = tree.against or tree.file
    return _tree(
        title, sentence, tree.validated, None, tree.notes, changes, tree.assessment, tree.view, base, before
    )


def sentence_of(assessment: Assessment) -> str:
    """`1 error; 2 fixed; 3 pre-existing`."""
    count = pages.severities(assessment.introduced)
    found = ", ".join(counted(number, severity.value) for severity, number in count.items() if number)
    parts = [found or "no findings"]
    for state, diagnostics in (("fixed", assessment.fixed), ("pre-existing", assessment.pre_existing)):
        if number := sum(not diagnostic.follows for diagnostic in diagnostics):
            parts.append(f"{number} {state}")
    return "; ".join(parts)


def _tree(
    title: str,
    sentence: str,
    made: bool,
    output: str | None,
    notes: tuple[str, ...],
    changes: Sequence[Change],
    assessment: Assessment,
    view: View | None,
    base: str,
    before: Sequence[ShownTree],
) -> ShownTree:
    name = f"tree-{len(before) + 1}"
    grouped = pages.by_node(changes)
    same = [tree.title for tree in before if tree.changes == grouped and grouped]
    drawn = stack.picture(base, view.layers) if view and view.layers and grouped and not same else None
    return ShownTree(
        name, title, sentence, made and not errors(assessment.introduced), output, notes,
        grouped, same[0] if same else "",
        assessment.pas_users, assessment.undocumented,
        tuple(_maps(view, name, before)) if view else (),
        picture.inline(drawn, f"{name}-stack") if drawn else "",
        view.contents if view else (),
    )  # fmt: skip


def _maps(view: View, name: str, before: Sequence[ShownTree]) -> Iterator[ShownMap]:
    """Those that a tree before has are not drawn again."""
    drawn = [(tree.title, one) for tree in before for one in tree.maps]
    explained = False
    for number, smmu in enumerate(view.streams.smmus, 1):
        same = next((title for title, one in drawn if one.of == smmu), "")
        svg = "" if same else picture.inline(stream_map.smmu(smmu), f"{name}-streams-{number}")
        yield ShownMap(svg, smmu, same, not explained)
        explained = explained or not same
    found = view.memory
    if found.entries:
        others = ((title, one.of) for title, one in drawn if isinstance(one.of, MemoryMap))
        same = next((title for title, other in others if other.entries == found.entries), "")
        svg = "" if same else picture.inline(memory_map.picture(found), f"{name}-memory")
        yield ShownMap(svg, found, same, True)
