"""What is found before there is a merged tree: the examples of its documentation, and its severity."""

from __future__ import annotations

from pathlib import Path

import pytest
from documented import examples

from dtgen.checks import allow, fragments
from dtgen.checks.location import Locator
from dtgen.checks.source import review
from dtgen.description import board as boards
from dtgen.description import provenance
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Severity
from dtgen.overlay.obstacles import resolve
from dtgen.overlay.stack import Layer, apply_stack
from dtgen.project.layout import Finder
from dtgen.rules import EARLIER, Earlier, Stage


def every(heading: str):
    return pytest.mark.parametrize(
        ("rule", "example"),
        [
            pytest.param(rule, example, id=f"{rule.id}-{number}")
            for rule in EARLIER
            if rule.stage is not Stage.REPOSITORY  # see test_repository_rules.py
            for number, example in enumerate(examples(rule, heading), 1)
        ],
    )


@pytest.fixture
def found(dtb, dtbo, tmp_path):
    """Ids and severities of what is told of an example.

    It is the YAML of a description, or the body of a board and overlays after `/plugin/;`. An overlay that has
    fixups already is compiled without `/plugin/;`, so that dtc leaves them as they are. What is read as it was
    written is an overlay's whole source, with eight spaces for a tab.
    """

    def tell(rule: Earlier, example: str) -> set[tuple[str, Severity]]:
        if rule.stage is Stage.DESCRIPTION:
            return _of_description(tmp_path, example)
        if rule.stage is Stage.REVIEW:
            source = f"{example.rstrip()}\n".replace(" " * 8, "\t")
            return {(remark.rule, remark.severity) for remark in review(source, "test.dtso")}
        body, *texts = example.split("/plugin/;")
        data = dtb(f"/ {{\n{body}\n}};")
        base = blob.read(data, "test.dtb")
        blobs = [dtb(text) if "__fixups__" in text else dtbo(text) for text in texts]
        overlays = [Overlay.of(blob.read(compiled, "test.dtbo")) for compiled in blobs]
        match rule.stage:
            case Stage.SOURCE:
                source = f"/dts-v1/;\n/plugin/;\n{texts[0]}"
                lost = fragments.lost(source, overlays[0], Locator("test.dtso"))
                return {(diagnostic.rule, diagnostic.severity) for diagnostic in lost}
            case Stage.APPLICATION:
                return {(obstacle.rule, Severity.ERROR) for obstacle in resolve(overlays[0], base)[1]}
            case Stage.STACK:
                layers = [Layer(*layer) for layer in zip(overlays, blobs, strict=True)]
                return {(remark.rule, remark.severity) for remark in apply_stack(base, data, layers).remarks}

    return tell


def _of_description(directory: Path, example: str) -> set[tuple[str, Severity]]:
    """Of a description of a project, built on nothing: then no finding is there that it allows."""
    (directory / "boards").mkdir()
    (directory / "boards/mine.yaml").write_text(f"name: mine\n{example}")
    finder = Finder.from_directory(directory)
    board = boards.load("mine", finder)
    diagnostics = (
        *provenance.missing_sources(board),
        *provenance.conflicts(board, provenance.related(board, finder)),
        *allow.unused(board, ()),
    )
    return {(diagnostic.rule, diagnostic.severity) for diagnostic in diagnostics}


@every("Fires on")
def test_it_is_found_in_its_example(found, rule, example):
    assert (rule.id, rule.severity) in found(rule, example)


@every("Passes")
def test_nothing_is_found_in_what_passes(found, rule, example):
    assert found(rule, example) == set()
