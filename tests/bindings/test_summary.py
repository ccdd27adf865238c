"""What a binding asks of a node, in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dtgen.bindings.schemas.files import below
from dtgen.bindings.summary import summary
from dtgen.errors import ToolError
from dtgen.project.layout import KernelTree

WIDGET = """\
%YAML 1.2
---
$id: http://devicetree.org/schemas/test/widget.yaml#
$schema: http://devicetree.org/meta-schemas/core.yaml#
title: Widget
description: |
  A thing
  of a test.

  More of it.
maintainers: [A <a@example.org>]
allOf:
  - $ref: common.yaml#
  - $ref: /schemas/other/bus.yaml#
  - if: {properties: {reg: {maxItems: 1}}}
    then: {required: [clocks]}
properties:
  compatible:
    oneOf:
      - items: [{enum: ["v,a", "v,b"]}, {const: "v,base"}]
      - const: "v,c"
  reg: {maxItems: 1}
  clocks: {minItems: 2, maxItems: 4}
  clock-names: {items: [{const: core}, {const: bus}]}
  dma-coherent: true
  interrupts: false
  "v,level": {$ref: /schemas/types.yaml#/definitions/uint32, enum: [1, 0x10]}
  "v,on": {type: boolean}
  port: {$ref: /schemas/graph.yaml#/properties/port}
  child: {type: object, required: [reg]}
patternProperties:
  "^x-": {minItems: 1}
required: [compatible, reg]
unevaluatedProperties: false
"""


@pytest.fixture
def bindings(tmp_path: Path) -> Path:
    (tmp_path / "set/test").mkdir(parents=True)
    (tmp_path / "set/test/widget.yaml").write_text(WIDGET)
    return tmp_path / "set"


def test_a_binding_at_a_glance(bindings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bindings.parent)
    assert summary("test/widget.yaml", bindings).documentation == (
        "Widget\n\nA thing of a test.\n\nRequired: compatible, reg.\n\nAllowed:\n\n"
        "    compatible: one of v,a, v,b, v,base, v,c\n"
        "    reg: 1 item\n"
        "    clocks: 2 to 4 items\n"
        "    clock-names: 2 items, core, bus\n"
        "    dma-coherent\n"
        "    interrupts: is an error\n"
        "    v,level: uint32, one of 0x1, 0x10\n"
        "    v,on: a flag\n"
        "    port: see /schemas/graph.yaml#/properties/port\n"
        "    child: a node that requires reg\n"
        "    /^x-/: 1 or more items\n\n"
        "More: what these require and allow: test/common.yaml, other/bus.yaml; 1 condition (`if`), by compatible\n"
        "and the like: see the file; other properties and children are an error.\n\n"
        "File: set/test/widget.yaml"
    )


def test_it_is_found_by_its_name_alone_and_by_its_id(bindings: Path) -> None:
    assert summary("widget.yaml", bindings).id == "test/widget.yaml"
    (bindings / "test/widget.yaml").rename(bindings / "else.yaml")
    assert summary("test/widget.yaml", bindings).file.endswith("else.yaml")


def test_those_of_dtschema_are_in_every_set(bindings: Path) -> None:
    assert summary("dt-core.yaml", bindings).title == "Core Devicetree Properties"


def test_of_a_processed_set(bindings: Path, tmp_path: Path) -> None:
    from dtgen.bindings.dtschema import prepared

    data, _ = prepared([str(bindings)])
    (tmp_path / "processed-schema.json").write_bytes(data)
    found = summary("test/widget.yaml", tmp_path / "processed-schema.json")
    assert found.required == ("compatible", "reg")
    assert dict(found.allowed)["reg"] == "1 item"


def test_what_cannot_be_summed_up(bindings: Path, tmp_path: Path) -> None:
    (bindings / "bad.yaml").write_text("a: [")
    with pytest.raises(ToolError, match=r"bad.yaml is not a schema that can be read"):
        summary("bad.yaml", bindings)
    (tmp_path / "set.json").write_text("[")
    with pytest.raises(ToolError, match=r"set.json is not a processed set of bindings"):
        summary("test/widget.yaml", tmp_path / "set.json")
    (tmp_path / "set.json").write_text(json.dumps({}))
    with pytest.raises(ToolError, match=r"set.json has no binding test/widget.yaml"):
        summary("test/widget.yaml", tmp_path / "set.json")


def test_those_of_a_kernel(corpus: KernelTree) -> None:
    found = summary("media/qcom,venus-common.yaml", corpus.root)
    assert found.title == "Qualcomm SoC Venus Video Encode and Decode Accelerators Common Properties"
    assert "reg" in found.required
    assert not found.closed


def test_every_binding_of_a_kernel_has_a_page(corpus: KernelTree) -> None:
    directory = corpus.bindings
    assert directory
    names = [file.name for file in below(directory)][::40]
    assert len(names) > 50
    for name in names:
        assert "\nRequired: " in summary(name, corpus.root).documentation
