"""A page for people who look at trees together: one file that needs nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from dtgen.commands.record import Record
from dtgen.description import template
from dtgen.diagnostics import Severity, State
from dtgen.hardware.memory import human_size
from dtgen.hardware.memory_map import MemoryMap
from dtgen.project import files, layout
from dtgen.report import page as pages
from dtgen.report import summary
from dtgen.report.page import ReportPage, ShownFinding, ShownMap, ShownTree, introduced, several
from dtgen.report.svg import memory_map, picture, stack, stream_map
from dtgen.report.visible import visible
from dtgen.results import Assessment, BaseResult, BuildResult, TreeResult, ValidationResult, View

_LABEL = re.compile(r"([A-Z][a-z]+(?: [^:\n]{0,40})?):(?:\s|$)")
"""What a paragraph of a rule's page begins with."""
_MANY = 12
"""Trees; of more there is a table of schemas and files, and each finding is closed."""


def builds(results: Sequence[BuildResult], record: Record) -> str:
    """Of `dtgen build`."""
    own = [diagnostic for result in results for diagnostic in result.diagnostics]
    bases = [(result, base) for result in results for base in result.bases]
    found = pages.findings(own, ((base.file, base.assessment) for _, base in bases), record)
    trees: list[ShownTree] = []
    for result, base in bases:
        trees.append(_base(result, base, trees, len(results) > 1))
    page = ReportPage(
        f"dtgen build {', '.join(result.board for result in results)}",
        _verdict(results, found),
        not any(result.errors for result in results),
        _counts(found, several(len(bases), "base")),
        tuple(pages.by_state(found)),
        tuple(trees),
        record,
        len(bases),
        tuple(dict.fromkeys(note for result in results for note in result.notes)),
        written=tuple(file for result in results for file in result.outputs),
    )
    return _rendered(page)


def _verdict(results: Sequence[BuildResult], found: Sequence[ShownFinding]) -> str:
    bases = [base for result in results for base in result.bases]
    applied = sum(base.applied for base in bases)
    name = results[0].board if len(results) == 1 else several(len(results), "board")
    if not bases:
        return f"{name} could not be built: dtgen {introduced(found, 'found')}."
    count = (
        f"all {len(bases)} bases" if applied == len(bases) else f"{applied} of {several(len(bases), 'base')}"
    )
    count = "its base" if applied == len(bases) == 1 else count
    fits = "fits" if len(results) == 1 else "fit"
    return (
        f"{name} {fits} {count} and {introduced(found, 'introduces' if len(results) == 1 else 'introduce')}."
    )


def validation(result: ValidationResult, record: Record) -> str:
    """Of `dtgen validate`."""
    found = pages.findings(result.diagnostics, ((t.file, t.assessment) for t in result.trees), record)
    many = len(result.trees) > _MANY
    trees: list[ShownTree] = []
    for tree in () if many else result.trees:
        trees.append(_validated(tree, trees))
    valid = sum(tree.validated for tree in result.trees)
    compared = any(tree.against for tree in result.trees)
    verb = "introduces" if compared and len(result.trees) == 1 else "has"
    name = result.trees[0].file if len(result.trees) == 1 else several(len(result.trees), "tree")
    if len(result.trees) != 1:
        verb = "introduce" if compared else "have"
    subject = name if valid == len(result.trees) else f"{name}, of which {valid} can be read,"
    page = ReportPage(
        "dtgen validate",
        f"{subject} {introduced(found, verb)}.",
        not result.errors,
        _counts(found, several(len(result.trees), "tree")),
        tuple(pages.by_state(found)),
        tuple(trees),
        record,
        len(result.trees),
        (f"validated against {result.bindings}", *result.notes),
        by_rule=tuple(summary.by_rule(result.trees)) if many else (),
        by_file=tuple(summary.by_file(result.trees)) if many else (),
    )
    return _rendered(page)


def _counts(found: Sequence[ShownFinding], what: str) -> tuple[tuple[int, str, str], ...]:
    count = pages.severities(f.diagnostic for f in found if f.state is State.INTRODUCED)
    number, _, noun = what.partition(" ")
    return (
        (int(number), noun, ""),
        (count[Severity.ERROR], "errors", "error"),
        (count[Severity.WARNING], "warnings", "warning"),
        (sum(f.state is State.FIXED for f in found), "fixed", "fixed"),
        (sum(f.state is State.PRE_EXISTING for f in found), "pre-existing", ""),
    )


def _base(result: BuildResult, base: BaseResult, before: Sequence[ShownTree], of_several: bool) -> ShownTree:
    title = f"{result.board} on {base.file}" if of_several else base.file
    sentence = f"applied, {several(len(base.changes), 'change')}, {_sentence(base.assessment)}"
    return _tree(
        title, sentence if base.applied else "not applied, nothing written", base.applied, base.output,
        base.notes, base.changes, base.assessment, base.view, base.file, before,
    )  # fmt: skip


def _validated(tree: TreeResult, before: Sequence[ShownTree]) -> ShownTree:
    title = f"{tree.file} against {tree.against}" if tree.against else tree.file
    sentence = _sentence(tree.assessment) if tree.validated else "not validated"
    changes = [change for layer in tree.view.layers for change in layer.changes] if tree.view else []
    base = tree.against or tree.file
    return _tree(
        title, sentence, tree.validated, None, tree.notes, changes, tree.assessment, tree.view, base, before
    )


def _sentence(assessment: Assessment) -> str:
    count = pages.severities(assessment.introduced)
    found = ", ".join(several(number, severity.value) for severity, number in count.items() if number)
    parts = [found or "no findings"]
    for state, diagnostics in (("fixed", assessment.fixed), ("pre-existing", assessment.pre_existing)):
        if number := sum(not diagnostic.follows for diagnostic in diagnostics):
            parts.append(f"{number} {state}")
    return "; ".join(parts)


def _tree(
    title: str,
    sentence: str,
    fits: bool,
    output: str | None,
    notes: tuple[str, ...],
    changes: Sequence[Any],
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
        name, title, sentence, fits, output, notes,
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


def _rendered(page: ReportPage) -> str:
    style, script = (files.text(layout.report_templates() / name) for name in ("page.css", "page.js"))
    style += picture.STYLE
    values = {
        "page": page,
        "sections": (
            ("boots", "Boots", bool(page.boots)),
            ("findings", "Findings", any(group.shown for group in page.findings)),
            ("overview", "By schema and file", bool(page.by_rule)),
            ("trees", "Trees", bool(page.trees)),
            ("sources", "Sources", bool(page.record.written)),
            ("rules", "Rules", bool(page.record.pages)),
            ("run", "This run", True),
        ),
        "shows_findings": any(group.shown for group in page.findings),
        "tree_count": page.tree_count,
        "contents": (*page.record.contents, *dict.fromkeys(c for tree in page.trees for c in tree.contents)),
        "rule_places": {one.id: f"rule-{number}" for number, one in enumerate(page.record.pages, 1)},
        "style": style,
        "script": script,
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "patterns": picture.PATTERNS,
        "paragraphs": _paragraphs,
        "stream_name": stream_map.name_of,
        "human_size": human_size,
        "State": State,
    }
    return template.page("page.html.j2", values, visible)


def _hash(text: str) -> str:
    """What a Content-Security-Policy lets the page run."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _paragraphs(documentation: str) -> Iterator[tuple[str, str, bool]]:
    """Label, text, and whether that is code."""
    for block in documentation.strip().split("\n\n"):
        if block.startswith("    "):
            yield "", textwrap.dedent(block), True
            continue
        label = _LABEL.match(block)
        yield (label[1], block[label.end() :], False) if label else ("", block, False)
