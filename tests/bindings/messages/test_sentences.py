"""Messages of real errors of dtschema, one wrong thing at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from corpus import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from release import EARLIER

from dtgen.bindings import validator
from dtgen.bindings.messages import sentences
from dtgen.bindings.plain import Engine
from dtgen.bindings.schemas import prepare
from dtgen.bindings.violation import Violation

GADGET = """\
%YAML 1.2
---
$id: http://devicetree.org/schemas/test/gadget.yaml#
$schema: http://devicetree.org/meta-schemas/core.yaml#
title: Gadget
maintainers: [A <a@example.org>]
$defs:
  pins:
    type: object
    properties:
      test,pins:
        $ref: /schemas/types.yaml#/definitions/string-array
        items: {pattern: "^gpio[0-9]+$"}
        maxItems: 2
      test,strength:
        $ref: /schemas/types.yaml#/definitions/uint32
        enum: [2, 4]
    required: ["test,pins"]
    additionalProperties: false
properties:
  $nodename: {pattern: "^gadget(@[0-9a-f]+)?$"}
  compatible: {const: "test,gadget"}
  reg: {maxItems: 1}
  clocks: {minItems: 2, maxItems: 2}
  clock-names:
    items: [{const: core}, {const: bus}]
  iommus: {maxItems: 1}
  memory-region: {maxItems: 1}
  interrupts: {maxItems: 1}
  interrupt-names: true
  test,mode:
    $ref: /schemas/types.yaml#/definitions/uint32
    enum: [1, 2]
  test,many:
    $ref: /schemas/types.yaml#/definitions/uint32
    enum: [16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26]
  test,one:
    $ref: /schemas/types.yaml#/definitions/uint32
    const: 17
  test,level:
    $ref: /schemas/types.yaml#/definitions/uint32
    minimum: 16
    maximum: 32
    multipleOf: 4
  test,long:
    $ref: /schemas/types.yaml#/definitions/string
    enum: [the-first-of-many-long-words, the-second-of-many-long-words, the-third-of-many-long-words]
  test,name:
    $ref: /schemas/types.yaml#/definitions/string
    pattern: "^[a-z]+$"
  test,kind:
    $ref: /schemas/types.yaml#/definitions/string
    enum: [slow, fast]
  test,list:
    $ref: /schemas/types.yaml#/definitions/uint32-array
    minItems: 2
    maxItems: 3
  test,unique:
    $ref: /schemas/types.yaml#/definitions/uint32-array
    uniqueItems: true
  test,words:
    $ref: /schemas/types.yaml#/definitions/string-array
    contains: {const: good}
  test,pairs:
    $ref: /schemas/types.yaml#/definitions/uint32-matrix
    items: {minItems: 2, maxItems: 2}
  test,bytes:
    $ref: /schemas/types.yaml#/definitions/uint8-array
    maxItems: 2
  test,wide:
    $ref: /schemas/types.yaml#/definitions/uint64
  test,modes:
    $ref: /schemas/types.yaml#/definitions/uint32-array
    items: {oneOf: [{maximum: 1}, {const: 255}]}
  test,flag: {type: boolean}
  test,left: {type: boolean}
  test,right: {type: boolean}
  test,needy: {type: boolean}
  part:
    type: object
    additionalProperties: false
patternProperties:
  "-state$":
    oneOf:
      - $ref: "#/$defs/pins"
      - type: object
        patternProperties:
          "-pins$": {$ref: "#/$defs/pins"}
        additionalProperties: false
oneOf:
  - required: ["test,left"]
  - required: ["test,right"]
  - properties: {"test,left": false, "test,right": false}
dependencies:
  test,needy: ["test,mode"]
allOf:
  - properties:
      test,near:
        $ref: /schemas/types.yaml#/definitions/uint32
        const: 1
      test,far: {type: boolean}
  - if: {required: ["test,flag"]}
    then:
      properties: {"test,name": false}
  - not: {required: ["test,many", "test,one"]}
required: [compatible, reg]
unevaluatedProperties: false
"""

HEAD = (
    "smmu: smmu { #iommu-cells = <2>; phandle = <4242>; };"
    "clk: clk { #clock-cells = <1>; phandle = <4243>; };"
    "ram: ram { phandle = <4244>; };"
)
# decimal in the tree, so that a message with the same digits has not been through our hands
LABELS = {4242: "&smmu", 4243: "&clk", 4244: "&ram"}

Gadget = Callable[[str], list[Violation]]


@pytest.fixture(scope="module")
def gadgets(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    directory = tmp_path_factory.mktemp("bindings")
    (directory / "gadget.yaml").write_text(GADGET)
    return prepare.prepare(directory, (), tmp_path_factory.mktemp("cache")).load()


@pytest.fixture(scope="module")
def tell(gadgets: Engine, dtb: Callable[[str], bytes]) -> Gadget:
    """What is said of a literal node and what is below it."""

    def collect(node: str) -> list[Violation]:
        data = dtb(f"/ {{ #address-cells = <1>; #size-cells = <1>; {HEAD} {node} }};")
        found = validator.validate(gadgets, validator.decode(gadgets, data), name_of=LABELS.get)
        path = "/" + node.partition("{")[0].strip()
        return [violation for violation in found if violation.subject.path.startswith(path)]

    return collect


def words(found: list[Violation]) -> list[str]:
    """Place, message and help of each cause."""
    effects = sentences.effects(found)
    return [
        f"{violation.subject}: {violation.message}" + (f" ({violation.help})" if violation.help else "")
        for violation in found
        if violation not in effects
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("test,list = <1>;", ": test,list: test,list has 1 cell, expected at least 2: <0x1>"),
        (
            "test,list = <1 2 3 4>;",
            ": test,list: test,list has 4 cells, expected at most 3: <0x1 0x2 0x3 0x4>",
        ),
        ("test,mode = <3>;", ": test,mode: test,mode is 0x3, expected 0x1 or 0x2"),
        ("test,mode = <1 2>;", ": test,mode: test,mode is <0x1 0x2>, expected one cell"),
        ('test,mode = "1";', ': test,mode: test,mode is "1", expected one cell'),
        ("test,mode;", ": test,mode: test,mode has no value, expected one cell"),
        ("test,mode = [01];", ": test,mode: test,mode has 1 byte, expected 4: 0x1"),
        (
            "test,many = <1>;",
            ": test,many: test,many is 0x1, expected 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17 … and 3 more",
        ),
        ("test,one = <1>;", ": test,one: test,one is 0x1, expected 0x11"),
        ("test,level = <1>;", ": test,level: test,level is 0x1, expected at least 0x10"),
        ("test,level = <48>;", ": test,level: test,level is 0x30, expected at most 0x20"),
        ("test,level = <17>;", ": test,level: test,level is 0x11, expected a multiple of 0x4"),
        ('test,name = "A";', ': test,name: test,name is "A", expected text that matches ^[a-z]+$'),
        (
            'test,kind = "fasst";',
            ': test,kind: test,kind is "fasst", expected "slow" or "fast" (did you mean fast?)',
        ),
        ("test,unique = <1 1>;", ": test,unique: test,unique has an entry twice: <0x1 0x1>"),
        ('test,words = "bad";', ': test,words: test,words lacks "good": "bad"'),
        (
            "test,pairs = <1 2>, <3>;",
            ": test,pairs: entry 2 of test,pairs has 1 cell, expected at least 2: <0x3>",
        ),
        ("test,bytes = [01 02 03];", ": test,bytes: test,bytes has 3 bytes, expected at most 2: [01 02 03]"),
        ("test,wide = <1>;", ": test,wide: test,wide has 4 bytes, expected 8: 0x1 (write `/bits/ 64 <…>`)"),
        (
            "test,modes = <1 255 5>;",
            ": test,modes: cell 3 of test,modes is 0x5, expected at most 0x1 or 0xff",
        ),
        ("test,flag = <1>;", ": test,flag: test,flag is 0x1, expected no value (write `test,flag;`)"),
        ("test,left; test,right;", ": test,left and test,right exclude each other (remove one of them)"),
        (
            'test,long = "no";',
            ': test,long: test,long is "no", expected "the-first-of-many-long-words", '
            '"the-second-of-many-long-words" … and 1 more',
        ),
        (
            'compatibl = "a";',
            ": compatibl: no binding knows the property compatibl (did you mean compatible?)",
        ),
        (
            'test,flag; test,name = "a";',
            ": test,name: test,name is not allowed here (the binding excludes it for this compatible, or beside another property)",
        ),
        (
            "test,many = <16>; test,one = <17>;",
            ": test,many and test,one exclude each other (remove one of them)",
        ),
        (
            "test,needy;",
            ": test,needy is here without test,mode, which it needs (add test,mode, or remove test,needy)",
        ),
        ("clocks = <4243 1>;", ": clocks: clocks has 1 entry, expected at least 2: <&clk 0x1>"),
        (
            'clocks = <4243 1>; clock-names = "core", "bus";',
            ': clocks: clocks has 1 entry, expected at least 2: <&clk 0x1> ("bus" is missing)',
        ),
        (
            'clocks = <4243 1>, <4243 2>; clock-names = "core";',
            ': clock-names: clock-names has 1 entry, expected at least 2: "core" ("bus" is missing)',
        ),
        (
            'clocks = <4243 1>, <4243 2>; clock-names = "bus", "core";',
            ': clock-names: entry 1 of clock-names is "bus", expected "core" (the binding fixes the order)',
        ),
        ('clocks = "clk", "clk";', ': clocks: clocks is "clk", "clk", expected phandles and their cells'),
        ("clocks = [01 02 03];", ": clocks: clocks has 3 bytes, expected cells of 4 bytes each: [01 02 03]"),
        (
            "iommus = <4242 0x3000 0x0>, <4242 0x3001 0x0>;",
            ": iommus: iommus has 2 entries, expected at most 1: <&smmu 0x3000 0x0>, <&smmu 0x3001 0x0>",
        ),
        ("iommu = <4242 0x3000 0x0>;", ": iommu: no binding knows the property iommu (did you mean iommus?)"),
        (
            "memory-region = <4244>, <4244>;",
            ": memory-region: memory-region has 2 entries, expected at most 1: <&ram>, <&ram>",
        ),
        ("zzz,mode = <1>;", ": zzz,mode: no binding knows the property zzz,mode"),
        ("zzz;", ": zzz: the binding does not know zzz"),
        ("child { };", "/child: the binding knows no child node child here"),
        ("part { x; };", "/part: x: the binding does not know x"),
        ("part = <1>;", ": part: part is a property, expected a child node"),
        (
            'a-state { test,pins = "gpio1"; test,strength = <3>; };',
            "/a-state: test,strength: test,strength is 0x3, expected 0x2 or 0x4",
        ),
        (
            'a-state { a-pins { test,pins = "gpio1"; test,strength = <3>; }; b-pins { test,pins = "gpio1"; }; };',
            "/a-state/a-pins: test,strength: test,strength is 0x3, expected 0x2 or 0x4",
        ),
        (
            "a-state { test,strength = <2>; };",
            "/a-state: none of the alternatives fits: the required property test,pins is missing; the binding does not know test,strength",
        ),
        (
            'a-state { test,pins = "gpio1"; test,strngth = <2>; };',
            "/a-state: test,strngth: no binding knows the property test,strngth (did you mean test,strength?)",
        ),
        ("status = <1>;", ": status: status is <0x1>, expected a string"),
        (
            'status = "on";',
            ': status: status is "on", expected "okay", "disabled", "reserved", "fail" or "fail-needs-probe"',
        ),
        ('status = "okay", "okay";', ': status: status has 2 entries, expected at most 1: "okay", "okay"'),
        ("vdd-supply = <1 2>;", ": vdd-supply: vdd-supply has 2 cells, expected at most 1: <0x1 0x2>"),
    ],
)
def test_what_is_wrong_in_a_node_is_told_in_one_line(tell: Gadget, body: str, told: str) -> None:
    if EARLIER:  # it is told by the binding of the node alone
        told = told.replace("no binding knows the property", "the binding does not know")
    found = tell(f'gadget@0 {{ compatible = "test,gadget"; reg = <0 1>; {body} }};')
    assert words(found) == [f"/gadget@0{told}"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("reg = <0 1>, <2 1>;", ": reg: reg has 2 entries, expected at most 1: <0x0 0x1>, <0x2 0x1>"),
        (
            "reg = <0>;",
            ": reg: reg has 1 cell, expected at least 2: <0x0> (#address-cells and #size-cells of the parent say how many)",
        ),
        (
            "reg = <0 1 2>;",
            ": reg: entry 2 of reg has 1 cell, expected at least 2: <0x2> (#address-cells and #size-cells of the parent say how many)",
        ),
    ],
)
def test_a_wrong_reg_is_told_by_its_entries_and_cells(tell: Gadget, body: str, told: str) -> None:
    found = tell(f'gadget@0 {{ compatible = "test,gadget"; {body} }};')
    assert words(found) == [f"/gadget@0{told}"]


@pytest.mark.parametrize(
    ("node", "told"),
    [
        ('gadget { compatible = "test,gadget"; };', "/gadget: the required property reg is missing"),
        (
            'thing@0 { compatible = "test,gadget"; reg = <0 1>; };',
            "/thing@0: the node is called thing@0, expected a name that matches ^gadget(@[0-9a-f]+)?$",
        ),
        (
            "gadget@1 { compatible = <1>; reg = <0 1>; };",
            "/gadget@1: compatible: compatible is <0x1>, expected strings",
        ),
    ],
)
def test_a_node_that_is_no_gadget(tell: Gadget, node: str, told: str) -> None:
    assert words(tell(node)) == [told]


def test_one_line_is_left_of_a_property_with_many_errors(tell: Gadget) -> None:
    found = tell('gadget { compatible = "test,gadget"; reg = <0 1>; clock-names = "x", "y", "z"; };')
    assert len(found) > 3
    assert words(found) == [
        '/gadget: clock-names: entry 1 of clock-names is "x", expected "core"',
        "/gadget: clock-names is here without clocks, which it needs (add clocks, or remove clock-names)",
    ]


def test_a_property_that_no_binding_knows_is_not_told_again_by_the_one_of_its_node(tell: Gadget) -> None:
    found = tell('gadget { compatible = "test,gadget"; reg = <0 1>; zzz = <1>; };')
    keywords = sorted(violation.clause.keyword for violation in found)
    if EARLIER:
        assert keywords == ["unevaluatedProperties"]
        assert words(found) == ["/gadget: zzz: the binding does not know zzz"]
    else:
        assert keywords == ["type", "unevaluatedProperties"]
        assert words(found) == ["/gadget: zzz: no binding knows the property zzz"]


def test_what_the_binding_knows_is_not_accused_where_something_else_is_wrong(tell: Gadget) -> None:
    found = tell('gadget { compatible = "test,gadget"; reg = <0 1>; test,near = <2>; test,far; zzz; };')
    assert sorted(violation.item for violation in found if violation.innocent) == ["test,far", "test,near"]
    assert words(found) == [
        "/gadget: test,near: test,near is 0x2, expected 0x1",
        "/gadget: zzz: the binding does not know zzz",
    ]


def test_what_the_binding_does_not_know_is_told_beside_something_else_that_is_wrong(tell: Gadget) -> None:
    assert words(tell('gadget { compatible = "test,gadget"; reg = <0 1>; test,mode = <3>; zzz; };')) == [
        "/gadget: test,mode: test,mode is 0x3, expected 0x1 or 0x2",
        "/gadget: zzz: the binding does not know zzz",
    ]


def test_errors_of_several_bindings_about_one_property_are_one_line(tell: Gadget) -> None:
    found = tell('gadget@0 { compatible = "test,gadget"; reg = <0>; };')
    assert len({violation.clause.schema for violation in found}) > 1
    assert len(words(found)) == 1


def test_a_phandle_without_a_label_is_told_in_hex(gadgets: Engine, dtb: Callable[[str], bytes]) -> None:
    data = dtb(f'/ {{ {HEAD} gadget {{ compatible = "test,gadget"; memory-region = <4244>, <4244>; }}; }};')
    found = validator.validate(gadgets, validator.decode(gadgets, data))
    told = [violation.message for violation in found if violation.subject.property == "memory-region"]
    assert told == ["memory-region has 2 entries, expected at most 1: <0x1094>, <0x1094>"]


def test_dtschemas_own_words_are_kept(tell: Gadget) -> None:
    (found,) = tell('gadget { compatible = "test,gadget"; reg = <0 1>; test,mode = <3>; };')
    assert found.original == "3 is not one of [1, 2]"


def test_a_long_message_is_shortened_to_200_characters(tell: Gadget) -> None:
    name = "a" * 300
    (found,) = tell(f'gadget {{ compatible = "test,gadget"; reg = <0 1>; test,name = "{name}A"; }};')
    assert len(found.message) <= 200
    assert found.original == f"'{name}A' does not match '^[a-z]+$'"


NAMES = [
    "assigned-clocks", "clock-frequency", "clock-names", "clocks", "compatible", "dma-coherent", "interrupt-names",
    "interrupts", "interrupts-extended", "iommu", "iommus", "memory-region", "opp-hz", "pinctrl-0", "power-domains",
    "reg", "reg-names", "resets", "status", "test,bytes", "test,flag", "test,kind", "test,level", "test,list",
    "test,many", "test,mode", "test,modes", "test,name", "test,needy", "test,one", "test,pairs", "test,unique",
    "test,wide", "test,words", "vdd-supply", "zzz", "zzz,z",
]  # fmt: skip
CELLS = st.lists(
    st.sampled_from(["0", "1", "4242", "4243", "4244", "4245", "0xffffffff"]), min_size=1, max_size=9
)
VALUES = st.one_of(
    st.just(""),
    CELLS.map(lambda cells: f" = <{' '.join(cells)}>"),
    st.binary(min_size=1, max_size=9).map(lambda value: f" = [{value.hex(' ')}]"),
    st.lists(st.sampled_from(["okay", "core", "bus", "a b", "", "x" * 99, "%s"]), min_size=1, max_size=9).map(
        lambda strings: " = " + ", ".join(f'"{string}"' for string in strings)
    ),
)
PROPERTIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)


@pytest.mark.sampled
@settings(max_examples=examples(150))
@given(st.sampled_from(["gadget", "gadget@1", "Gadget_1"]), PROPERTIES, PROPERTIES)
def test_whatever_is_wrong_is_told_in_one_short_line_without_decimal_phandles(
    tell: Gadget, name: str, properties: dict[str, str], of_child: dict[str, str]
) -> None:
    body = "".join(
        f"{name}{value}; " for name, value in ({"compatible": ' = "test,gadget"'} | properties).items()
    )
    child = "".join(f"{name}{value}; " for name, value in of_child.items())
    found = tell(f"{name} {{ {body} a-state {{ {child} }}; b-state {{ b-pins {{ {child} }}; }}; }};")
    for violation in found:
        for text in (violation.message, violation.help):
            assert len(text) <= 200
            assert text.isprintable()
            assert not any(decimal in text for decimal in ("4242", "4243", "4244", "4245", "4294967295"))
    told = [violation for violation in found if violation not in sentences.effects(found)]
    assert bool(told) == bool(found)
    subjects = [violation.subject for violation in told if violation.subject.property]
    assert len(set(subjects)) == len(subjects)
