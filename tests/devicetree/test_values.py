"""Values as a source writes them, and how their cells are grouped."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dtgen.devicetree.tree import Node, Property, Tree
from dtgen.devicetree.values import interrupt_parent, quoted, shaped, value_text


def cells(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big") for value in values)


def text_of(board: Tree, prop: Property) -> str:
    return value_text(board, board.nodes["/user"], prop)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("dma-coherent;", ""),
        ("clocks = <&one 0x5>, <&two 0x6 0x10>;", "<&one 0x5>, <&two 0x6 0x10>"),
        ("clocks = <&two 0x6>;", "<&two 0x6>"),
        ("clocks = <0x99 0x1>;", "<0x99 0x1>"),
        ("memory-region = <3 1>;", "<&{/none}>, <&one>"),
        ("iommus = [00 01];", "[00 01]"),
        (
            "iommu-map = <0x0 &two 0x1400 0x1>, <0x100 &two 0x1401 0x1>;",
            "<0x0 &two 0x1400 0x1>, <0x100 &two 0x1401 0x1>",
        ),
        (
            "iommu-map = <0x0 &two 0x1400 0x0 0x1>, <0x100 &two 0x1401 0x0 0x1>;",
            "<0x0 &two 0x1400 0x0 0x1>, <0x100 &two 0x1401 0x0 0x1>",
        ),
        (
            "iommu-map = <0x0 &two 0x1400 0x10>, <0x10 &two 0x1 0x10>;",
            "<0x0 &two 0x1400 0x10>, <0x10 &two 0x1 0x10>",
        ),
        ("iommu-map = <0x0 &two 0x1400>;", "<0x0 &two 0x1400>"),
        ("iommu-map = <0x0>;", "<0x0>"),
        ('names = "a", "b c";', '"a", "b c"'),
        (r'names = "a\"b\\";', r'"a\"b\\"'),
        ("reg = <0x3000 0>;", "<0x3000 0x0>"),
        ("reg = <1>;", "<0x1>"),
        ("mac = [00 ff 1a];", "[00 ff 1a]"),
        ("one = [00];", "[00]"),
    ],
)
def test_a_value_is_written_as_in_a_source(user, body, text):
    assert text_of(*user(body)) == text


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("", '""'),
        ("plain", '"plain"'),
        ('say "x"', r'"say \"x\""'),
        ("back\\slash", r'"back\\slash"'),
        ("a\nb\tc", r'"a\nb\tc"'),
        ("\x01f", r'"\001f"'),
        ("é7", r'"\303\2517"'),
    ],
)
def test_quoted(text, literal):
    assert quoted(text) == literal


@settings(max_examples=25)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1, max_size=20))
def test_dtc_reads_a_quoted_text_back(tree, texts):
    body = "".join(f"p{n} = {quoted(text)};\n" for n, text in enumerate(texts))
    properties = tree(f"/ {{ {body} }};").root.properties
    assert [prop.value for prop in properties.values()] == [text.encode() + b"\0" for text in texts]


values = st.binary(min_size=1, max_size=24) | st.text(
    st.characters(min_codepoint=32, max_codepoint=126) | st.just("\0"), min_size=1, max_size=16
).map(lambda text: text.encode() + b"\0")


@settings(max_examples=25)
@given(st.lists(values, min_size=1, max_size=20))
def test_dtc_reads_any_value_back(tree, board, sample):
    body = "".join(f"p{n} = {text_of(board, Property('x', value))};\n" for n, value in enumerate(sample))
    assert [prop.value for prop in tree(f"/ {{ {body} }};").root.properties.values()] == sample


lists = st.lists(
    st.sampled_from([(1, 1), (2, 2), (3, 0), (0x99, 1)]).flatmap(
        lambda shape: st.lists(st.integers(0, 0xFFFFFFFF), min_size=shape[1], max_size=shape[1]).map(
            lambda args: (shape[0], *args)
        )
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=25)
@given(lists, st.sampled_from(["clocks", "iommus", "memory-region", "iommu-map", "msi-map"]))
def test_dtc_reads_any_list_back(user, board, entries, name):
    value = b"".join(cells(*entry) for entry in entries)
    _, again = user(f"{name} = {text_of(board, Property(name, value))};")
    assert again.value == value


def test_dtc_reads_the_whole_of_a_real_board_back(compiled, dtb):
    from dtgen.devicetree import blob

    tree = blob.read(compiled("lemans-evk.dts"), "lemans-evk.dtb")
    again = blob.read(dtb("".join(_source(tree, tree.root))), "again.dtb")
    assert {path: node.properties for path, node in again.nodes.items()} == {
        path: node.properties for path, node in tree.nodes.items()
    }


def _source(tree, node: Node):
    label = f"{tree.labels[node.path]}: " if node.path in tree.labels else ""
    yield f"{label}{node.name or '/'} {{\n"
    for prop in node.properties.values():
        text = value_text(tree, node, prop)
        yield f"{prop.name} = {text};\n" if text else f"{prop.name};\n"
    for child in node.children.values():
        if not child.name.startswith("__"):
            yield from _source(tree, child)
    yield "};\n"


CONTROLLERS = """
/ {
    #address-cells = <2>; #size-cells = <1>; interrupt-parent = <&gic>;
    gic: gic { #interrupt-cells = <3>; #address-cells = <0>; };
    gic4: gic4 { compatible = "arm,gic-v3"; #interrupt-cells = <4>; part: part { }; };
    tlmm: tlmm { #gpio-cells = <2>; #interrupt-cells = <2>; };
    bus: bus {
        #address-cells = <1>; #size-cells = <1>; #interrupt-cells = <1>;
        user { BODY };
    };
    noc: noc { #interconnect-cells = <2>; };
};
"""


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("reg = <1 2 3 4>;", "<0x1 0x2>, <0x3 0x4>"),
        ("reg = <1 2 3>;", "<0x1 0x2 0x3>"),
        ("ranges = <1 2 3>; #address-cells = <1>; #size-cells = <1>;", "<0x1 0x2 0x3>"),
        ("interrupt-parent = <&gic>; interrupts = <0 5 4 0 6 4>;", "<0x0 0x5 0x4>, <0x0 0x6 0x4>"),
        ("interrupt-parent = <&gic4>; interrupts = <1 7 8 &part>;", "<0x1 0x7 0x8 &part>"),
        ("interrupt-parent = <&gic4>; interrupts = <1 7 8 0>;", "<0x1 0x7 0x8 0x0>"),
        ("interrupts-extended = <&tlmm 1 2>, <&gic 0 5 4>;", "<&tlmm 0x1 0x2>, <&gic 0x0 0x5 0x4>"),
        ("reset-gpios = <&tlmm 1 2>, <&tlmm 3 4>;", "<&tlmm 0x1 0x2>, <&tlmm 0x3 0x4>"),
        ("gpio-hog; gpios = <1 2>;", "<0x1 0x2>"),
        ("gpio-ranges = <&tlmm 0 0 9>;", "<&tlmm 0x0 0x0 0x9>"),
        ("vdd-supply = <&noc>;", "<&noc>"),
        ("pinctrl-0 = <&noc &tlmm>;", "<&noc>, <&tlmm>"),
        ("interconnects = <&noc 1 2 &noc 3 4>, <&noc 5 6 &noc 7 8>;", "<&noc 0x1 0x2 &noc 0x3 0x4>, <&noc 0x5 0x6 &noc 0x7 0x8>"),
        ("qcom,halt-regs = <&noc 1 2 3>;", "<&noc 0x1 0x2 0x3>"),
        ("#interrupt-cells = <1>; #address-cells = <1>; interrupt-map = <0 1 &gic 0 9 4>, <0 2 &gic 0 8 4>;", "<0x0 0x1 &gic 0x0 0x9 0x4>, <0x0 0x2 &gic 0x0 0x8 0x4>"),
    ],
)  # fmt: skip
def test_cells_are_grouped_as_the_binding_has_them(tree, body, text):
    board = tree(CONTROLLERS.replace("BODY", body))
    node = board.nodes["/bus/user"]
    prop = [
        prop
        for prop in node.properties.values()
        if prop.value and not prop.name.startswith("#") and prop.name != "interrupt-parent"
    ][-1]
    assert value_text(board, node, prop) == text


def test_interrupts_go_to_the_nearest_controller_above(tree):
    board = tree(CONTROLLERS.replace("BODY", "interrupts = <5>;"))
    assert interrupt_parent(board, board.nodes["/bus/user"]) is board.nodes["/bus"]
    assert interrupt_parent(board, board.nodes["/noc"]) is board.nodes["/gic"]
    assert interrupt_parent(tree("/ { a { }; };"), tree("/ { a { }; };").nodes["/a"]) is None


def test_a_value_that_has_not_the_shape_is_not_grouped(tree):
    board = tree(CONTROLLERS.replace("BODY", "reg = <1 2 3>;"))
    node = board.nodes["/bus/user"]
    assert shaped(board, node, node.properties["reg"]) is None
