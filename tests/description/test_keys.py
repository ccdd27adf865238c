from __future__ import annotations

from collections.abc import Callable

import pytest

from dtgen.description.board import Board
from dtgen.devicetree.tree import Tree

Load = Callable[..., Board]
Built = Callable[..., Tree]
Complaints = Callable[..., list[str]]


def body(tree: Tree, path: str = "/fragment@0/__overlay__") -> dict[str, str]:
    """The properties of a node of an overlay, their bytes in hex."""
    return {name: prop.value.hex() for name, prop in tree.nodes[path].properties.items()}


def fixups(tree: Tree) -> dict[str, tuple[str, ...]]:
    """Label to the places that wait for its phandle."""
    table = tree.root.children["__fixups__"]
    return {name: prop.strings for name, prop in table.properties.items()}


def cells(*numbers: int) -> str:
    return b"".join(number.to_bytes(4, "big") for number in numbers).hex()


UNKNOWN = 0xFFFFFFFF
"""What dtc writes where a fixup will put a phandle."""


def test_targets_are_sorted_paths_first_and_status_comes_last(load: Load) -> None:
    board = load(
        "nodes:\n"
        "  - {target: /b}\n"
        "  - {target: y}\n"
        "  - {target: /a}\n"
        "  - {target: x, properties: {status: okay, z: 1, a: 2}}\n"
    )
    assert [target.target for target in board.targets] == ["/a", "/b", "x", "y"]
    assert [prop.name for prop in board.targets[2].properties] == ["z", "a", "status"]


def test_sections_that_write_to_one_node_make_one_fragment(built: Built) -> None:
    tree = built(
        "streams: {x: {iommus: [[smmu, 1]]}}\n"
        "enable: {x: {why: w}}\n"
        "nodes: [{target: x, properties: {p: 2}}]\n"
    )
    assert [path for path in tree.nodes if path.endswith("__overlay__")] == ["/fragment@0/__overlay__"]
    assert body(tree) == {"iommus": cells(UNKNOWN, 1), "p": cells(2), "status": b"okay\0".hex()}


def test_several_streams_of_one_node(built: Built) -> None:
    tree = built("streams: {x: {iommus: [[smmu, 0x3000, 0x0], [smmu, 0x3001, 0x0400]]}}\n")
    assert body(tree) == {"iommus": cells(UNKNOWN, 0x3000, 0, UNKNOWN, 0x3001, 0x400)}
    assert fixups(tree)["smmu"] == (
        "/fragment@0/__overlay__:iommus:0",
        "/fragment@0/__overlay__:iommus:12",
    )


def test_three_smmus_of_one_node_with_one_two_and_no_cells(built: Built) -> None:
    tree = built("streams: {x: {iommus: [[apps_smmu, 1, 2], [pcie_smmu, 3], [gpu_smmu]]}}\n")
    assert body(tree) == {"iommus": cells(UNKNOWN, 1, 2, UNKNOWN, 3, UNKNOWN)}
    assert fixups(tree) == {
        "x": ("/fragment@0:target:0",),
        "apps_smmu": ("/fragment@0/__overlay__:iommus:0",),
        "pcie_smmu": ("/fragment@0/__overlay__:iommus:12",),
        "gpu_smmu": ("/fragment@0/__overlay__:iommus:20",),
    }


def test_maps_of_a_pcie_controller(built: Built) -> None:
    tree = built(
        "pcie:\n"
        "  pcie3:\n"
        "    iommu-map: [[0, pcie_smmu, 0x30000, 0x10000]]\n"
        "    msi-map: [[0, gic_its, 0xb0000, 0x8000], [0x8000, gic_its, 0xb8000, 0x8000]]\n"
    )
    assert body(tree) == {
        "iommu-map": cells(0, UNKNOWN, 0x30000, 0x10000),
        "msi-map": cells(0, UNKNOWN, 0xB0000, 0x8000, 0x8000, UNKNOWN, 0xB8000, 0x8000),
    }
    assert fixups(tree)["gic_its"] == (
        "/fragment@0/__overlay__:msi-map:4",
        "/fragment@0/__overlay__:msi-map:20",
    )


def test_a_map_has_the_cells_of_its_provider(built: Built) -> None:
    tree = built("pcie: {p: {iommu-map: [[0, smmu, 0x1400, 0x0, 1], [0x100, smmu, 0x1401, 0x0, 1]]}}\n")
    assert body(tree) == {"iommu-map": cells(0, UNKNOWN, 0x1400, 0, 1, 0x100, UNKNOWN, 0x1401, 0, 1)}
    assert fixups(tree)["smmu"] == (
        "/fragment@0/__overlay__:iommu-map:4",
        "/fragment@0/__overlay__:iommu-map:24",
    )


@pytest.mark.parametrize("name", ["video-firmware", "wifi-firmware", "gpu-dsp-firmware"])
def test_firmware_children_have_streams_of_their_own(built: Built, name: str) -> None:
    tree = built(f"firmware_children: {{venus: {{{name}: {{iommus: [[smmu, 0x0c42, 0x0]]}}}}}}\n")
    assert body(tree) == {}
    assert body(tree, f"/fragment@0/__overlay__/{name}") == {"iommus": cells(UNKNOWN, 0xC42, 0)}


def test_a_new_labelled_reserved_memory_node_that_the_overlay_references(built: Built) -> None:
    tree = built(
        "nodes:\n"
        "  - target: /reserved-memory\n"
        "    children:\n"
        "      adsp@95900000:\n"
        "        label: adsp_mem\n"
        "        properties:\n"
        "          reg: {cells: [0, 0x95900000, 0, 0x1e00000]}\n"
        "          no-map: true\n"
        "  - target: remoteproc_adsp\n"
        "    properties:\n"
        "      memory-region: {cells: [adsp_mem]}\n"
    )
    assert body(tree, "/fragment@1/__overlay__") == {"memory-region": cells(1)}
    assert body(tree, "/fragment@0/__overlay__/adsp@95900000") == {
        "reg": cells(0, 0x95900000, 0, 0x1E00000),
        "no-map": "",
        "phandle": cells(1),
    }
    assert fixups(tree) == {"remoteproc_adsp": ("/fragment@1:target:0",)}
    assert tree.nodes["/fragment@0"].strings("target-path") == ("/reserved-memory",)


def test_children_of_children(built: Built) -> None:
    tree = built(
        "nodes:\n"
        "  - target: x\n"
        "    properties: {a: 1}\n"
        "    children:\n"
        "      b: {properties: {c: 2}, children: {d: {properties: {e: 3}}, f@0: {}}}\n"
        "      g: {}\n"
    )
    below = "/fragment@0/__overlay__"
    assert [path for path in tree.nodes if path.startswith(below)] == [
        below,
        f"{below}/b",
        f"{below}/b/d",
        f"{below}/b/f@0",
        f"{below}/g",
    ]
    assert body(tree, f"{below}/b/d") == {"e": cells(3)}


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ("true", ""),
        ("0x1e00000", "01e00000"),
        ("0", "00000000"),
        ("okay", b"okay\0".hex()),
        ("''", "00"),
        ("[a, '', c]", b"a\0\0c\0".hex()),
        ("'0x10'", b"0x10\0".hex()),
        ("{bytes: 00 ffAA}", "00ffaa"),
        ("{cells: [1, 0xffffffff]}", "00000001ffffffff"),
        ("{cells: [[1, 2], [3]]}", "000000010000000200000003"),
        ("{cells: [[1, smmu], [smmu, 2]]}", "00000001ffffffffffffffff00000002"),
        ("{cells: [0x1122334455667788, 1], bits: 64}", "11223344556677880000000000000001"),
        ("{cells: [0xffffffffffffffff], bits: 64}", "ffffffffffffffff"),
        ("{cells: [1, 0xffff], bits: 16}", "0001ffff"),
        ("{cells: [1, 0xff], bits: 8}", "01ff"),
        ("-1", "ffffffff"),
        ("{cells: [-2, 1]}", "fffffffe00000001"),
        ("{cells: [-1], bits: 64}", "ffffffffffffffff"),
        ("{cells: [-1], bits: 8}", "ff"),
        ("[a, {cells: [[1], [smmu]]}, {bytes: ff}, {cells: [2], bits: 8}]", "610000000001ffffffffff02"),
        ("[{cells: [1]}]", "00000001"),
        ('"one\\n\\ttwo\\n"', b"one\n\ttwo\n\0".hex()),
        ("{cells: [[1], [2, 3]], bits: 8}", "010203"),
    ],
)
def test_every_form_of_a_value(built: Built, value: str, data: str) -> None:
    assert body(built(f"nodes: [{{target: x, properties: {{p: {value}}}}}]\n")) == {"p": data}


@pytest.mark.parametrize("name", ["#size-cells", "qcom,x", "a.b_c+d", "-a", "1a", "a?", "#include", "delete"])
def test_any_property_name_of_the_specification(built: Built, name: str) -> None:
    assert body(built(f"nodes: [{{target: x, properties: {{'{name}': 1}}}}]\n")) == {name: cells(1)}


@pytest.mark.parametrize(
    ("target", "path"),
    [("/", "/"), ("/soc@0", "/soc@0"), ("/soc@0/iommu@15000000", "/soc@0/iommu@15000000")],
)
def test_a_target_by_path(built: Built, target: str, path: str) -> None:
    tree = built(f"nodes: [{{target: {target}, properties: {{p: 1}}}}]\n")
    assert {name: prop.value for name, prop in tree.nodes["/fragment@0"].properties.items()} == {
        "target-path": path.encode() + b"\0"
    }
    assert body(tree) == {"p": cells(1)}


def test_a_constant_stands_for_its_number_and_any_other_word_for_a_label(built: Built) -> None:
    tree = built(
        "constants: {ACTIVE_LOW: 1, NONE: -1}\n"
        "nodes: [{target: x, properties: {p: {cells: [tlmm, ACTIVE_LOW, NONE]}, q: ACTIVE_LOW}}]\n"
    )
    assert body(tree) == {"p": cells(UNKNOWN, 1, 0xFFFFFFFF), "q": b"ACTIVE_LOW\0".hex()}
    assert set(fixups(tree)) == {"x", "tlmm"}


def test_the_path_of_a_node_of_the_overlay(built: Built) -> None:
    tree = built(
        "nodes:\n"
        "  - {target: /, children: {a: {label: new}}}\n"
        "  - {target: x, properties: {p: {path: new}, q: [b, {path: new}]}}\n"
    )
    path = b"/fragment@0/__overlay__/a\0"
    assert body(tree, "/fragment@1/__overlay__") == {"p": path.hex(), "q": (b"b\0" + path).hex()}


def test_properties_of_the_overlays_own_root(built: Built, header: str) -> None:
    own = header.replace("summary: S", "summary: S, root: {compatible: ['qcom,b', 'qcom,c']}")
    tree = built("nodes: [{target: x, properties: {p: 1}}]\n", own)
    assert tree.root.strings("compatible") == ("qcom,b", "qcom,c")
    assert body(tree) == {"p": cells(1)}


def test_a_map_entry_has_as_many_cells_as_its_provider(built: Built) -> None:
    tree = built("pcie: {p: {iommu-map: [[0, smmu, 0, 0, 1], [1, smmu, 1, 0, 1]]}}\n")
    assert body(tree) == {"iommu-map": cells(0, UNKNOWN, 0, 0, 1, 1, UNKNOWN, 1, 0, 1)}


def test_a_target_by_label(built: Built) -> None:
    tree = built("nodes: [{target: apps_smmu, properties: {p: 1}}]\n")
    assert fixups(tree) == {"apps_smmu": ("/fragment@0:target:0",)}


def test_statuses(built: Built) -> None:
    tree = built("disable: {a: {why: w}}\nenable: {b: {why: w}}\n")
    assert body(tree) == {"status": b"disabled\0".hex()}
    assert body(tree, "/fragment@1/__overlay__") == {"status": b"okay\0".hex()}


def test_the_legacy_profile(load: Load, built: Built) -> None:
    text = (
        "legacy:\n"
        "  devmem:\n"
        "    remoteproc_adsp:\n"
        "      regions:\n"
        "        - [0x110000, 0x110000, 0x4000, 0x1]\n"
        "        - [0x123000, 0x123000, 0x1000, 31]\n"
        "      source: the first series\n"
    )
    assert load(text).legacy is True
    assert load(text).targets[0].properties[0].source == "the first series"
    assert body(built(text)) == {
        "qcom,devmem": cells(0x110000, 0x110000, 0x4000, 1, 0x123000, 0x123000, 0x1000, 31)
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "streams: {a: {iommus: [[s, 1]]}}\nnodes: [{target: a, properties: {iommus: 1}}]\n",
            "boards/b.yaml:7:42: iommus of a is written twice (first at boards/b.yaml:6) (keep one)",
        ),
        (
            "disable: {a: {why: w}}\nenable: {a: {why: w}}\n",
            "boards/b.yaml:7:10: status of a is written twice (first at boards/b.yaml:6) (keep one)",
        ),
        (
            "pcie: {a: {msi-map: [[0, s, 1, 2]]}}\nnodes: [{target: a, properties: {msi-map: 1}}]\n",
            "boards/b.yaml:7:43: msi-map of a is written twice (first at boards/b.yaml:6) (keep one)",
        ),
        (
            "nodes:\n  - {target: a, children: {c: {}}}\n  - {target: a, children: {c: {}}}\n",
            "boards/b.yaml:8:28: the child c of a is written twice (first at boards/b.yaml:7) (keep one)",
        ),
        (
            "firmware_children: {a: {video-firmware: {iommus: [[s]]}}}\n"
            "nodes: [{target: a, children: {video-firmware: {}}}]\n",
            "boards/b.yaml:7:32: the child video-firmware of a is written twice "
            "(first at boards/b.yaml:6) (keep one)",
        ),
    ],
)
def test_what_two_sections_write_is_refused(
    load: Load, complaints: Complaints, text: str, message: str
) -> None:
    assert complaints(load, text) == [message]
