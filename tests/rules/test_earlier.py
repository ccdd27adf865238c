"""What is found before there is a merged tree: the examples of its documentation, and its severity."""

from __future__ import annotations

from pathlib import Path

import pytest
from documented import examples

from dtgen import rules
from dtgen.checks.application import apply, reasons, remarks
from dtgen.checks.findings import Observation, run
from dtgen.description import board as boards
from dtgen.description import provenance, yaml
from dtgen.description.importing.obstacles import Imported
from dtgen.description.provenance import Described
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.dts.source import CompiledSource, Source
from dtgen.overlay.application import Application
from dtgen.overlay.stack import Layer
from dtgen.project.layout import Finder
from dtgen.rules import Stage

ELSEWHERE = (rules.MERGED, rules.REPOSITORY, rules.DELIVERY)
"""See test_rules.py, test_repository_rules.py and test_delivery_rules.py."""


def every(heading: str):
    return pytest.mark.parametrize(
        ("stage", "rule", "example"),
        [
            pytest.param(stage, rule, example, id=f"{rule.id}-{number}")
            for stage in rules.STAGES
            if stage not in ELSEWHERE
            for rule in stage.rules
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

    def tell(stage: Stage, example: str) -> list[Observation]:
        if stage is rules.READING:
            return list(run(stage, yaml.parse(f"name: mine\n{example}", str(tmp_path / "mine.yaml"))))
        if stage is rules.DESCRIPTION:
            return list(run(stage, _described(tmp_path, example)))
        if stage is rules.REVIEW:
            return list(run(stage, Source("test.dtso", f"{example.rstrip()}\n".replace(" " * 8, "\t"))))
        body, *texts = example.split("/plugin/;")
        # dtc 1.8 gives a phandle to what symbols that are written by hand name
        hidden = body.replace("__symbols__", "__by_hand__")
        data = dtb(f"/ {{\n{hidden}\n}};").replace(b"__by_hand__", b"__symbols__")
        base = blob.read(data, "test.dtb")
        blobs = [dtb(text) if "__fixups__" in text else dtbo(text) for text in texts]
        overlays = [Overlay.of(blob.read(compiled, "test.dtbo")) for compiled in blobs]
        if stage is rules.SOURCE:
            source = f"/dts-v1/;\n/plugin/;\n{texts[0]}"
            return list(run(stage, CompiledSource("test.dtso", source, overlays[0])))
        if stage is rules.IMPORT:
            return list(run(stage, Imported(overlays[0])))
        if stage is rules.STACK:
            layers = [Layer(*layer) for layer in zip(overlays, blobs, strict=True)]
            stack = apply(base, data, layers)
            return [remark for _, remark in remarks(stack)]
        return list(reasons(Application(overlays[0], base)))

    return tell


def _described(directory: Path, example: str) -> Described:
    """A description of a project, built on nothing: then no finding is there that it allows."""
    (directory / "boards").mkdir()
    (directory / "boards/mine.yaml").write_text(f"name: mine\n{example}")
    finder = Finder.from_directory(directory)
    board = boards.load("mine", finder)
    return Described(board, provenance.related(board, finder), frozenset())


@every("Fires on")
def test_it_is_found_in_its_example(found, stage, rule, example):
    assert (rule.id, rule.severity) in {(one.rule, one.severity) for one in found(stage, example)}


@every("Passes")
def test_nothing_is_found_in_what_passes(found, stage, rule, example):
    assert found(stage, example) == []
