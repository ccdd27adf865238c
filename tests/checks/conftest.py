"""What overlays do to a literal base, as the rules and one small binding see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dtgen.bindings.schemas import prepare
from dtgen.checks.application import apply
from dtgen.checks.cache import Verdicts
from dtgen.checks.introduced import assess
from dtgen.checks.location import Locator
from dtgen.checks.tree import Inspector
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.dts import compiler, places
from dtgen.overlay.base import from_blob
from dtgen.overlay.stack import Layer
from dtgen.results import Assessment

WIDGET = """\
%YAML 1.2
---
$id: http://devicetree.org/schemas/test/widget.yaml#
$schema: http://devicetree.org/meta-schemas/core.yaml#
title: Widget
maintainers: [A <a@example.org>]
properties:
  compatible:
    const: test,widget
  reg:
    maxItems: 1
required: [compatible, reg]
additionalProperties: false
"""


@pytest.fixture(scope="session")
def inspector(tmp_path_factory: pytest.TempPathFactory) -> Inspector:
    """Which keeps nothing."""
    directory = tmp_path_factory.mktemp("bindings")
    (directory / "widget.yaml").write_text(WIDGET)
    engine = prepare.prepare(directory, (), tmp_path_factory.mktemp("cache")).load()
    return Inspector(engine, compiler.find_dtc(), Verdicts(None))


@pytest.fixture
def assessed(inspector: Inspector, dtb: Callable[[str], bytes]) -> Callable[..., Assessment]:
    """Of a literal base with literal overlays on it, which are called 1.dtso, 2.dtso, …; what follows
    `/plugin/;` stands from their second line on."""

    def assess_literals(base: str, *overlays: str) -> Assessment:
        on = from_blob("base.dtb", dtb(base))
        layers, locators = [], []
        for number, text in enumerate(overlays, 1):
            file, source = f"{number}.dtso", f"/dts-v1/; /plugin/;\n{text}"
            data = compiler.compile_overlay(source, file, compiler.find_dtc()).required()
            layers.append(Layer(Overlay.of(blob.read(data, file)), data))
            positions = places.positions(source, file, compiler.find_dtc(), ())
            locators.append(Locator(file, positions=positions))
        stack = apply(on.tree, on.blob, layers)
        steps = [step.merged for step in stack.steps]
        return assess(on, stack.merged, tuple(zip(steps, locators, strict=True)), inspector)

    return assess_literals
