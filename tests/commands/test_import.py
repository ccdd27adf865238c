"""Imports: literal overlays to the letter, the kernel's by whether they come out equal."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dtgen.commands.build import rendered as render
from dtgen.commands.import_ import ImportRequest, import_
from dtgen.commands.new_file import NewDescription, save
from dtgen.description import yaml
from dtgen.errors import Rejected, ToolError
from dtgen.project.layout import Finder, KernelTree

HEAD = """\
// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (c) 2026 A Company
 *
 * What it is for.
 */

/dts-v1/;
/plugin/;
"""

Import = Callable[..., NewDescription]


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Import an overlay of the given text behind a header, from a file of its own."""
    monkeypatch.chdir(tmp_path)

    def run(text: str, head: str = HEAD, **options: Any) -> NewDescription:
        Path("mine-el2.dtso").write_text(head + text)
        return import_(
            ImportRequest(Path("mine-el2.dtso"), **options), Finder.from_directory(tmp_path), tmp_path
        )

    return run


def sections(made: NewDescription) -> dict[str, Any]:
    """What the description writes."""
    data = yaml.parse(made.text, "made").data
    return {
        key: data[key] for key in data if key not in ("name", "title", "compatible", "firmware", "overlay")
    }


def refusal(call: Callable[[], object]) -> list[str]:
    with pytest.raises(Rejected) as caught:
        call()
    return [
        f"{d.location}: {d.message}" + (f" ({d.help})" if d.help else "") for d in caught.value.diagnostics
    ]


def test_the_whole_text(imported: Import) -> None:
    made = imported(
        "/* Linux zaps the GPU itself. */\n"
        '&gpu_zap_shader { status = "disabled"; };\n'
        "&remoteproc_adsp { iommus = <&apps_smmu 0x3000 0x0>; };\n"
        "/* unused */\n\n"
        "&uart { clock-frequency = <1000>; };\n"
    )
    assert made.text == textwrap.dedent("""\
        # yaml-language-server: $schema=../schemas/board.schema.json
        # Imported from mine-el2.dtso
        name: mine-el2
        title: What it is for.
        compatible: TODO  # what the root node of the bases has as compatible: one in common is enough

        firmware:
          pas_at_el2: TODO  # true where TrustZone serves PAS to Linux at EL2, false where it does not

        overlay:
          name: mine-el2
          suffix: el2
          license: GPL-2.0-only
          copyright: [2026 A Company]
          summary: What it is for.

        streams:
          remoteproc_adsp:
            iommus:
              - [apps_smmu, 0x3000, 0x0]
            source: mine-el2.dtso

        disable:
          gpu_zap_shader:
            why: Linux zaps the GPU itself.

        nodes:
          - target: uart
            properties:
              clock-frequency: 0x3e8
        """)
    assert made.notes == ("mine-el2.dtso:13: the comment is not kept: unused",)


def test_each_section_takes_what_is_its_own(imported: Import) -> None:
    made = imported(
        '&pcie { iommu-map = <0 &smmu 0 0x10000>, <1 &smmu 2 3 4>; status = "okay"; };\n'
        "&venus { video-firmware { iommus = <&smmu 1 2>; }; };\n"
        "&dsp { qcom,devmem = <1 2 3 4>, <5 6 7 8>; };\n"
    )
    assert sections(made) == {
        "enable": {"pcie": {}},
        "pcie": {
            "pcie": {"iommu-map": [[0, "smmu", 0, 0x10000], [1, "smmu", 2, 3, 4]], "source": "mine-el2.dtso"}
        },
        "firmware_children": {
            "venus": {"video-firmware": {"iommus": [["smmu", 1, 2]], "source": "mine-el2.dtso"}}
        },
        "legacy": {"devmem": {"dsp": {"regions": [[1, 2, 3, 4], [5, 6, 7, 8]], "source": "mine-el2.dtso"}}},
    }


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("", True),
        (' = "a"', "a"),
        (' = "a", "b c"', ["a", "b c"]),
        (' = ""', ""),
        (' = "one\\ntwo\\n"', "one\ntwo\n"),
        (" = <7>", 7),
        (" = <(-1)>", -1),
        (" = <1 2>", {"cells": [1, 2]}),
        (" = <1>, <&smmu 2>", {"cells": [[1], ["smmu", 2]]}),
        (" = /bits/ 64 <0x100000000>", {"cells": [0x100000000], "bits": 64}),
        (" = /bits/ 8 <1 2>", {"cells": [1, 2], "bits": 8}),
        (" = [00 ff]", {"bytes": "00 ff"}),
        (' = "a", <1>, [02]', ["a", {"cells": [1]}, {"bytes": "02"}]),
        (' = "a\\0b"', {"bytes": "61 00 62 00"}),
        (" = <1>, /bits/ 16 <2>", [{"cells": [1]}, {"cells": [2], "bits": 16}]),
        (" = &own", {"path": "own"}),
        (" = <'a'>", 0x61),
        (" = <(1 << 4)>", 0x10),
    ],
)
def test_a_value_is_as_it_was_written(imported: Import, value: str, found: object) -> None:
    made = imported(f"&{{/}} {{ own: own {{ }}; }};\n&x {{ p{value}; }};\n")
    *_, last = sections(made)["nodes"]
    assert last == {"target": "x", "properties": {"p": found}}


def test_macros_of_one_cell_keep_their_names(imported: Import) -> None:
    made = imported(
        "#define LOW 1\n#define PIN(x) (x)\n#define label 5\n"
        "&x { p = <&tlmm 3 LOW>; q = <PIN(2)>; r = <&label2 label>; };\n"
    )
    assert sections(made)["constants"] == {"LOW": 1, "label": 5}
    assert sections(made)["nodes"][0]["properties"] == {
        "p": {"cells": ["tlmm", 3, "LOW"]},
        "q": 2,
        "r": {"cells": ["label2", "label"]},
    }
    assert made.notes == (
        "expressions and macros with arguments that became numbers: 1",
        "macros that became `constants`, of which the overlay has the numbers: 2",
    )


def test_fragments_of_one_node_are_one_and_the_last_write_counts(imported: Import) -> None:
    made = imported("&x { p = <1>; q; };\n&y { r; };\n&x { p = <2>; };\n")
    assert sections(made)["nodes"] == [
        {"target": "x", "properties": {"p": 2, "q": True}},
        {"target": "y", "properties": {"r": True}},
    ]


EXPLICIT = "/ { fragment@0 { target = <&x>; a: __overlay__ { c: d: e { }; }; }; };\n"
BARE = '/ { cn4 { compatible = "hdmi-connector"; }; };\n&x { p; };\n'


def test_what_no_description_can_say_is_refused_by_line(imported: Import) -> None:
    assert refusal(lambda: imported(BARE)) == [
        "mine-el2.dtso:10:5: cn4 stands outside of all fragments, and nothing applies it "
        "(move it into &{/} { … };, or remove it)"
    ]
    assert refusal(lambda: imported(EXPLICIT)) == [
        "mine-el2.dtso:10:36: a is a label for a node of the base, which a description cannot give "
        "(use the base's own label)",
        "mine-el2.dtso:10:56: the node has the labels c, d; a description gives it one "
        "(keep the one that is referred to)",
    ]
    assert refusal(lambda: imported("/memreserve/ 0x1000 0x1000;\n&x { p; };\n")) == [
        "mine-el2.dtso: /memreserve/ in an overlay reserves nothing: libfdt does not apply it "
        "(remove it, or add a node below /reserved-memory)"
    ]


def test_phandles_by_hand_and_references_by_path_are_refused(imported: Import) -> None:
    text = "&{/} { a: a { phandle = <0x1234>; }; b { q = <&{/a}>; }; };\n"
    by_hand = (
        "phandle of a was written by hand, and a description leaves it to dtc "
        "(give the node a label, and refer to it by that)"
    )
    assert refusal(lambda: imported(text)) == [
        f"mine-el2.dtso:10:15: {by_hand}",
        "mine-el2.dtso:10:42: libfdt cannot resolve the path reference &{/a} in cells "
        "(write the label of a node)",
    ]
    assert refusal(lambda: imported("&{/} { a { phandle = <0x1234>; }; };\n"))[0].endswith(by_hand)


def test_a_directory_is_no_overlay(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="is a directory"):
        import_(ImportRequest(tmp_path), Finder.from_directory(tmp_path), tmp_path)


def test_the_order_of_two_blocks_is_said_of_those_that_it_binds(imported: Import) -> None:
    text = "&dsp { iommus = <&smmu 1>; };\n&codec { fw { iommus = <&smmu 2>; }; };\n&mem { reg = <1>; };\n"
    (said,) = refusal(lambda: imported(text))
    assert said.startswith("mine-el2.dtso: &dsp and &codec could be one node")


def test_an_order_that_counts_is_refused_but_where_the_base_shows_which_nodes_these_are(
    imported: Import, dtb: Callable[[str], bytes]
) -> None:
    text = "&soc { uart { p = <1>; }; };\n&serial { p = <2>; };\n"
    assert refusal(lambda: imported(text)) == [
        "mine-el2.dtso: &soc and &serial could be one node, and both write a property of it: their order "
        "counts (blocks are written in the order of their names; say with --base which nodes these are)"
    ]
    Path("two.dtb").write_bytes(dtb('/ { compatible = "two"; soc: soc { uart { }; serial: serial { }; }; };'))
    assert sections(imported(text, base=Path("two.dtb")))["nodes"]
    Path("one.dtb").write_bytes(dtb('/ { compatible = "one"; soc: soc { serial: uart { }; }; };'))
    assert sections(imported(text, base=Path("one.dtb")))["nodes"] == [
        {"target": "soc", "children": {"uart": {"properties": {"p": 2}}}}
    ]


def test_a_target_that_an_earlier_fragment_makes_stands_below_that_ones(
    imported: Import, dtb: Callable[[str], bytes]
) -> None:
    below = "{ new { p = <1>; in { }; }; };\n&{/bus/new} { q = <2>; };\n&{/bus/new/in} { r; };\n"
    made = {"new": {"properties": {"p": 1, "q": 2}, "children": {"in": {"properties": {"r": True}}}}}
    assert sections(imported("&{/bus} " + below))["nodes"] == [{"target": "/bus", "children": made}]
    Path("base.dtb").write_bytes(dtb('/ { compatible = "b"; bus: bus { }; };'))
    found = imported("&bus " + below, base=Path("base.dtb"))
    assert sections(found)["nodes"] == [{"target": "bus", "children": made}]
    assert found.made == "its overlay is equal to mine-el2.dtso, on base.dtb too"
    assert refusal(lambda: imported("&bus " + below)) == [
        "mine-el2.dtso: &bus and &{/bus/new} could be one node, and both write a property of it: their order "
        "counts (blocks are written in the order of their names; say with --base which nodes these are)"
    ]


def test_a_target_that_was_one_before_another_fragment_writes_to_it(imported: Import) -> None:
    text = "&{/bus/n} { p; };\n&{/bus} { n { q; }; };\n&{/bus/n} { r; };\n"
    assert refusal(lambda: imported(text)) == [
        "mine-el2.dtso: &{/bus/n} and &{/bus} could be one node, and both write a property of it: their order "
        "counts (blocks are written in the order of their names; say with --base which nodes these are)"
    ]


def test_paths_get_the_bases_labels(imported: Import, dtb: Callable[[str], bytes]) -> None:
    Path("base.dtb").write_bytes(dtb('/ { compatible = "b,oard", "s,oc"; uart: serial@1 { }; soc { }; };'))
    made = imported('&{/serial@1} { status = "okay"; };\n&{/soc} { p; };\n', base=Path("base.dtb"))
    assert sections(made) == {
        "enable": {"uart": {}},
        "nodes": [{"target": "/soc", "properties": {"p": True}}],
    }
    assert yaml.parse(made.text, "made").data["compatible"] == ["b,oard"]
    assert made.made == "its overlay is equal to mine-el2.dtso, on base.dtb too"


def test_a_blob_is_imported_without_its_source(imported: Import, dtbo: Callable[[str], bytes]) -> None:
    source = (
        "&{/reserved-memory} { mem: mem@0 { reg = <0 0 0 1>; no-map; }; };\n"
        '&x { memory-region = <&mem>; iommus = <&smmu 1 2>; names = "a", "b"; id = [01]; };\n'
    )
    imported(source)
    Path("blob.dtbo").write_bytes(dtbo(source))
    made = import_(ImportRequest(Path("blob.dtbo")), Finder.from_directory(Path.cwd()), Path.cwd())
    assert sections(made) == {
        "streams": {"x": {"iommus": [["smmu", 1, 2]], "source": "blob.dtbo"}},
        "nodes": [
            {
                "target": "/reserved-memory",
                "children": {
                    "mem@0": {"label": "mem", "properties": {"reg": {"cells": [0, 0, 0, 1]}, "no-map": True}}
                },
            },
            {
                "target": "x",
                "properties": {
                    "memory-region": {"cells": ["mem"]},
                    "names": ["a", "b"],
                    "id": {"bytes": "01"},
                },
            },
        ],
    }


def test_nothing_is_overwritten(imported: Import) -> None:
    made = imported("&x { p; };\n")
    assert save(made, None) == (
        "boards/mine-el2.yaml: its overlay is equal to mine-el2.dtso\n"
        "2 places are still open: search for TODO, or see `dtgen build mine-el2`\n"
    )
    with pytest.raises(ToolError, match=r"^boards/mine-el2\.yaml exists$"):
        save(made, None)
    assert save(made, Path("-")) == made.text


@pytest.mark.parametrize("board", Finder.from_directory(Path(__file__).parents[2]).boards())
def test_what_is_rendered_is_imported_as_the_description_that_it_is_of(
    finder: Finder, tmp_path: Path, board: str
) -> None:
    """But for what the overlay does not have: why, and where a value is from."""
    from dtgen.description.board import load

    text = render(board, finder)
    file = tmp_path / f"{load(board, finder).overlay.name}.dtso"
    file.write_text(text)
    made = import_(ImportRequest(file), finder, tmp_path)
    assert _without_reasons(sections(made)) == _without_reasons(
        {key: value for key, value in load(board, finder).data.items() if key in sections(made)}
    )
    filled = made.text.replace("compatible: TODO", "compatible: [x]").replace(
        "pas_at_el2: TODO", "pas_at_el2: true"
    )
    again = tmp_path / f"{made.name}.yaml"
    again.write_text(filled)
    assert render(str(again), finder) == text


def _without_reasons(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_reasons(inner) for key, inner in value.items() if key not in ("why", "source")}
    if isinstance(value, list):
        return [_without_reasons(inner) for inner in value]
    return value


@pytest.mark.parametrize(
    "overlay",
    [
        "amlogic/meson-khadas-vim3-ts050.dtso",
        "mediatek/mt7986a-bananapi-bpi-r3-nand.dtso",
        "mediatek/mt7988a-bananapi-bpi-r4-pro-cn15.dtso",
        "qcom/qcs6490-rb3gen2-industrial-mezzanine.dtso",
        "qcom/talos-evk-lvds-auo,g133han01.dtso",
        "renesas/r8a779g3-sparrow-hawk-camera-j1-imx219.dtso",
        "renesas/r9a07g044l2-smarc-cru-csi-ov5645.dtso",
        "renesas/salvator-panel-aa104xd12.dtso",
        "ti/k3-am625-verdin-ov5640.dtso",
        "ti/k3-j784s4-evm-pcie0-pcie1-ep.dtso",
    ],
)
def test_overlays_of_each_kind_of_linux_7_2_come_out_equal(
    linux_7_2: KernelTree, finder: Finder, tmp_path: Path, overlay: str
) -> None:
    """All of them take a minute: tests/corpus_import.py."""
    made = import_(ImportRequest(linux_7_2.source(overlay)), finder, tmp_path)
    assert made.text.splitlines()[1] == f"# Imported from Linux v7.2, arch/arm64/boot/dts/{overlay}"


def test_the_overlay_of_linux_7_2_that_loses_nodes_is_refused_at_each_of_them(
    linux_7_2: KernelTree, finder: Finder, tmp_path: Path
) -> None:
    overlay = linux_7_2.source("renesas/r8a77970-eagle-function-expansion.dtso")
    found = refusal(lambda: import_(ImportRequest(overlay), finder, tmp_path))
    assert [line.partition(" stands outside")[0].rpartition(":")[::2] for line in found] == [
        (f"{overlay}:17:2", " cvbs-in-cn4"),
        (f"{overlay}:30:2", " hdmi-in-cn2"),
        (f"{overlay}:44:2", " hdmi-in-cn3"),
    ]


def test_the_overlays_of_linux_7_1_come_out_equal(corpus: KernelTree, finder: Finder, tmp_path: Path) -> None:
    overlays = sorted((corpus.sources / "qcom").glob("*.dtso"))
    assert len(overlays) == 25
    for overlay in overlays:
        assert import_(ImportRequest(overlay), finder, tmp_path).name == overlay.stem.replace(",", "-")


def test_a_text_like_a_mark_for_an_open_place_stays_a_text(imported: Import) -> None:
    made = imported('&x { p = "TODO_5_", "TODO_0_"; };\n/* TODO_0_ */\n&y { status = "disabled"; };\n')
    assert sections(made) == {
        "disable": {"y": {"why": "TODO_0_"}},
        "nodes": [{"target": "x", "properties": {"p": ["TODO_5_", "TODO_0_"]}}],
    }
    assert "compatible: TODO  # what the root node" in made.text


def test_what_an_overlay_calls_todo_is_no_open_place(imported: Import, dtbo: Callable[[str], bytes]) -> None:
    values = '&x { p = "a", "TODO"; };\n'
    made = imported(
        f'#define TODO 1\n/* TODO */\n&a {{ status = "okay"; }};\n{values}&y {{ q = <TODO>; }};\n'
    )
    assert sections(made) == {
        "enable": {"a": {}},
        "nodes": [
            {"target": "x", "properties": {"p": ["a", {"bytes": "54 4f 44 4f 00"}]}},
            {"target": "y", "properties": {"q": 1}},
        ],
    }
    assert "mine-el2.dtso:11: the comment is not kept: TODO" in made.notes
    Path("blob.dtbo").write_bytes(dtbo(values))
    made = import_(ImportRequest(Path("blob.dtbo")), Finder.from_directory(Path.cwd()), Path.cwd())
    assert sections(made)["nodes"] == [
        {"target": "x", "properties": {"p": {"bytes": "61 00 54 4f 44 4f 00"}}}
    ]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("[01], <&a>", [{"bytes": "01"}, {"cells": ["a"]}]),
        ("[01], <&a>, <&own>, [02 03 04]",
         [{"bytes": "01"}, {"cells": [["a"], ["own"]]}, {"bytes": "02 03 04"}]),
        ('<&a>, "b"', [{"cells": ["a"]}, {"bytes": "62 00"}]),
    ],
)  # fmt: skip
def test_a_reference_of_a_blob_is_kept_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtbo: Callable[[str], bytes], value: str, found: object
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("blob.dtbo").write_bytes(dtbo(f"&{{/}} {{ own: own {{ }}; }};\n&x {{ p = {value}; }};\n"))
    made = import_(ImportRequest(Path("blob.dtbo")), Finder.from_directory(Path.cwd()), Path.cwd())
    *_, last = sections(made)["nodes"]
    assert last == {"target": "x", "properties": {"p": found}}


@pytest.mark.parametrize(("file", "name"), [("mine.dtso", "../mine"), ("_.dtso", None), ("ü.dtso", None)])
def test_a_name_that_no_board_can_have_is_refused(tmp_path: Path, file: str, name: str | None) -> None:
    with pytest.raises(ToolError) as refused:
        import_(ImportRequest(Path(file), name), Finder.from_directory(tmp_path), tmp_path)
    assert (str(refused.value), refused.value.remedy) == (
        f"{name or Path(file).stem!r} is not a valid name of a board",
        "give one with --name: a-z, 0-9, _ and -, beginning with a letter or a digit",
    )
