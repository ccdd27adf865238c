"""A base with an overlay applied: values, origins and references."""

from __future__ import annotations

import random

import pytest

from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Subject
from dtgen.overlay.merge import Merged, merge

BASE = """
/ {
    smmu: iommu { #iommu-cells = <1>; };
    soc: soc { dsp: dsp { old = <1>; inner { }; }; };
};
"""
BODY = "/fragment@0/__overlay__"
SECOND = "/fragment@1/__overlay__"


@pytest.fixture(scope="session")
def merged(dtb, dtbo):
    def apply(overlay: str, base: str = BASE) -> Merged:
        base_blob, overlay_blob = dtb(base), dtbo(overlay)
        return merge(
            blob.read(base_blob, "test.dtb"),
            base_blob,
            Overlay.of(blob.read(overlay_blob, "test.dtbo")),
            overlay_blob,
        )

    return apply


def test_a_property_is_added_and_another_replaced(merged):
    dsp = merged("&dsp { new = <2>; old = <3>; };").tree.nodes["/soc/dsp"]
    assert {name: prop.cells for name, prop in dsp.properties.items() if name != "phandle"} == {
        "new": (2,),
        "old": (3,),
    }


def test_a_node_is_added(merged):
    assert set(merged("&dsp { n { m { }; }; };").tree.nodes) == {
        "/", "/iommu", "/soc", "/soc/dsp", "/soc/dsp/inner", "/soc/dsp/n", "/soc/dsp/n/m",
    }  # fmt: skip


def test_the_base_is_kept_as_it_was(merged):
    assert "n" not in merged("&dsp { n { }; };").base.nodes["/soc/dsp"].children


def test_the_blob_is_that_of_the_tree(merged):
    result = merged("&dsp { n { }; };")
    assert blob.read(result.blob, result.tree.file) == result.tree


def test_the_tree_is_called_after_the_base(merged):
    assert merged("&dsp { x; };").tree.file == "test.dtb with the overlay"


def test_labels_of_the_overlay_are_labels_of_the_merged_tree(merged):
    assert merged("&dsp { n: n { }; };").tree.symbols["n"] == "/soc/dsp/n"


def test_a_reference_is_the_phandle_of_the_base(merged):
    tree = merged("&dsp { iommus = <&smmu 5>; };").tree
    smmu, stream = tree.nodes["/soc/dsp"].properties["iommus"].cells
    assert (tree.by_phandle[smmu].path, stream) == ("/iommu", 5)


@pytest.mark.parametrize("base_phandle", ["", "phandle = <0x40>;"])
def test_a_local_reference_does_not_collide_with_the_base(merged, base_phandle):
    tree = merged("&a { x = <&n>; n: n { }; };", f"/ {{ a: a {{ {base_phandle} }}; }};").tree
    assert tree.by_phandle[tree.nodes["/a"].cell("x")].path == "/a/n"


def test_origins_are_the_places_in_the_overlay(merged):
    assert merged("&dsp { x; inner { y; }; };").origins == {
        Subject("/soc/dsp"): Subject(BODY),
        Subject("/soc/dsp", "x"): Subject(BODY, "x"),
        Subject("/soc/dsp/inner"): Subject(f"{BODY}/inner"),
        Subject("/soc/dsp/inner", "y"): Subject(f"{BODY}/inner", "y"),
    }


def test_origins_below_the_root_node(merged):
    assert merged("&{/} { n { x; }; };").origins == {
        Subject("/"): Subject(BODY),
        Subject("/n"): Subject(f"{BODY}/n"),
        Subject("/n", "x"): Subject(f"{BODY}/n", "x"),
    }


def test_the_later_fragment_is_the_origin(merged):
    result = merged("&dsp { x = <1>; y; }; &soc { dsp { x = <2>; }; };")
    assert result.tree.nodes["/soc/dsp"].cell("x") == 2
    assert result.origins[Subject("/soc/dsp", "x")] == Subject(f"{SECOND}/dsp", "x")
    assert result.origins[Subject("/soc/dsp", "y")] == Subject(BODY, "y")


def test_every_origin_is_in_the_merged_tree(merged):
    base = "/ { soc: soc { dsp@1000 { reg = <0x1000>; }; }; };"
    result = merged("&soc { dsp { x; }; };", base)
    assert [str(subject) for subject in result.origins if subject.path not in result.tree.nodes] == []


def test_references_are_where_the_overlay_wrote_phandles(merged):
    result = merged("&dsp { iommus = <&smmu 5>, <&smmu 6>; x = <7 &n>; n: n { }; };")
    assert result.references == {
        Subject("/soc/dsp", "iommus"): (0, 8),
        Subject("/soc/dsp", "x"): (4,),
    }


def test_references_of_a_property_are_of_its_last_value(merged):
    result = merged("&dsp { x = <&smmu>; }; &dsp { x = <7 &soc>; };")
    assert result.references == {Subject("/soc/dsp", "x"): (4,)}


def test_an_unchanged_base_is_merged_with_nothing(dtb):
    data = dtb(BASE)
    base = blob.read(data, "test.dtb")
    assert Merged.unchanged(base, data) == Merged(base, base, data, {}, {})


def test_an_overlay_that_libfdt_refuses(merged):
    with pytest.raises(blob.ApplyError) as failed:
        merged("&a { n: n { x = <&n>; }; };", "/ { a: a { phandle = <0xfffffffe>; }; };")
    assert failed.value.code == "FDT_ERR_NOPHANDLES"


def test_every_origin_of_the_overlay_of_linux_for_el2_is_in_the_merged_tree(compiled):
    base, el2 = compiled("lemans-evk.dts"), compiled("lemans-el2.dtso")
    result = merge(blob.read(base, "base"), base, Overlay.of(blob.read(el2, "el2")), el2)
    assert result.origins
    for subject in result.origins:
        node = result.tree.nodes[subject.path]
        assert subject.property is None or subject.property in node.properties


NAMES = ("bus", "bus@1", "bus@2", "dsp", "dsp@1")


def siblings(rng: random.Random, prefix: str, depth: int = 2) -> str:
    """Nodes whose names are each other's beginnings; every property has a name of its own."""
    some = rng.sample(NAMES, rng.randint(0, 4)) if depth else []
    return "".join(
        f"{name} {{ {prefix}{number} = <{rng.randint(1, 1 << 30):#x}>; "
        f"{siblings(rng, f'{prefix}{number}-', depth - 1)} }};\n"
        for number, name in enumerate(some)
    )


@pytest.mark.parametrize("seed", range(12))
def test_origins_are_where_libfdt_wrote(seed: int, dtb, dtbo) -> None:
    """A name without unit address is taken for any sibling's; what comes to stand first, decides."""
    rng = random.Random(seed)
    data = dtb(f"/ {{ s: s {{ {siblings(rng, 'b')} }}; }};")
    overlay = dtbo("".join(f"&s {{ {siblings(rng, f'o{n}-')} }};\n" for n in range(3)) + "&s { last; };")
    read = Overlay.of(blob.read(overlay, "test.dtbo"))
    merged = merge(blob.read(data, "test.dtb"), data, read, overlay)
    written = {
        (prop.name, node.path)
        for node in merged.tree.nodes.values()
        for prop in node.properties.values()
        if prop.name.startswith("o")
    }
    said = {(at.property, at.path) for at in merged.origins if (at.property or "").startswith("o")}
    assert said == written
