"""One small binding, prepared together with dtschema's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.bindings import validator
from dtgen.bindings.plain import Engine
from dtgen.bindings.schemas import prepare
from dtgen.bindings.validator import Decoded
from dtgen.bindings.violation import Violation

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
  test,mode:
    $ref: /schemas/types.yaml#/definitions/uint32
    enum: [1, 2]
  test,name:
    $ref: /schemas/types.yaml#/definitions/string
    pattern: "^[a-z]+$"
  test,list:
    $ref: /schemas/types.yaml#/definitions/uint32-array
    minItems: 2
    maxItems: 3
  part:
    type: object
    properties:
      "test,size":
        $ref: /schemas/types.yaml#/definitions/uint32
    required: ["test,size"]
    additionalProperties: false
required: [compatible, reg]
unevaluatedProperties: false
"""


@pytest.fixture(scope="session")
def widget() -> str:
    return WIDGET


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    directory = tmp_path_factory.mktemp("bindings")
    (directory / "widget.yaml").write_text(WIDGET)
    return prepare.prepare(directory, (), tmp_path_factory.mktemp("cache")).load()


@pytest.fixture
def directory(tmp_path: Path, widget: str) -> Path:
    """A set of one schema."""
    made = tmp_path / "bindings"
    made.mkdir()
    (made / "widget.yaml").write_text(widget)
    return made


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def decoded(engine: Engine, dtb: Callable[[str], bytes]) -> Callable[[str], Decoded]:
    """A literal tree as the bindings see it; the text stands in the root, which has one cell of addresses."""
    return lambda text: validator.decode(
        engine, dtb(f"/ {{ #address-cells = <1>; #size-cells = <0>; {text} }};")
    )


@pytest.fixture(scope="session")
def violations(engine: Engine, decoded: Callable[[str], Decoded]) -> Callable[[str], list[Violation]]:
    """What the widget's binding and dtschema's own say of a literal tree, less what is said of the root."""

    def collect(text: str) -> list[Violation]:
        found = validator.validate(engine, decoded(text))
        return [violation for violation in found if violation.subject.path != "/"]

    return collect
