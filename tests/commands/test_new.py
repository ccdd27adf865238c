"""New descriptions: what is left open, and that filling it in gives the overlays that the kernel has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dtgen.commands.build import Builder, BuildRequest
from dtgen.commands.build import rendered as render
from dtgen.commands.new import NewRequest, new
from dtgen.commands.new_file import NewDescription, save
from dtgen.description import board as boards
from dtgen.description import yaml
from dtgen.description.importing.proof import Content, differences
from dtgen.devicetree import blob
from dtgen.dts import compiler
from dtgen.errors import Rejected, ToolError
from dtgen.project import layout
from dtgen.project.layout import Finder

BOARDS = {
    "lemans": ("lemans-evk.dts", 7),
    "monaco": ("monaco-evk.dts", 5),
    "talos": ("qcs615-ride.dts", 4),
    "x1": ("hamoa-iot-evk.dts", 11),
    "sc8280xp": ("sc8280xp-crd.dts", 7),
    "sc7180": ("sc7180-acer-aspire1.dts", 2),
}
"""Description to a base of v7.1, and how many nodes the kernel's overlay has something for."""
SECTIONS = ("streams", "disable", "enable", "pcie", "firmware_children")

Make = Callable[..., NewDescription]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A description for a base of these bytes, in a project of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "boards").mkdir()

    def run(data: bytes, name: str = "mine", **options: Any) -> NewDescription:
        Path("board.dtb").write_bytes(data)
        request = NewRequest(name, Path("board.dtb"), **options)
        return new(request, Finder.from_directory(tmp_path), tmp_path / "cache")

    return run


def sections(made: NewDescription) -> dict[str, Any]:
    data = yaml.parse(made.text, "made").data
    return {name: data[name] for name in SECTIONS if name in data}


def filled(value: Any, known: Any) -> Any:
    """With what is known in the place of each `TODO`; null where nothing is."""
    if value == "TODO":
        return known
    if isinstance(value, dict):
        return {
            key: filled(inner, known.get(key) if isinstance(known, dict) else None)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [
            filled(inner, known[at] if isinstance(known, list) and at < len(known) else None)
            for at, inner in enumerate(value)
        ]
    return value


def content(text: str) -> Content:
    compiled = compiler.compile_overlay(text, "test.dtso", compiler.find_dtc()).required()
    return Content.of(blob.read(compiled, "test.dtbo"))


@pytest.mark.parametrize("board", BOARDS)
def test_filling_in_what_is_open_gives_the_kernels_overlay(
    make: Make, compiled: Callable[[str], bytes], board: str
) -> None:
    source, nodes = BOARDS[board]
    known = boards.load(board, Finder.from_directory(Path.cwd()))
    made = make(compiled(source), pas_at_el2=known.pas_at_el2, alone=True)
    found = sections(made)
    assert len({target for entries in found.values() for target in entries}) == nodes
    data = filled(yaml.parse(made.text, "made").data, known.data)
    data["overlay"]["license"] = "MIT"
    Path("boards/mine.yaml").write_text(yaml.write(data))
    finder = Finder.from_directory(Path.cwd())
    assert list(differences(content(render(board, finder)), content(render("mine", finder)))) == []


@pytest.mark.parametrize("board", BOARDS)
def test_no_stream_is_invented(make: Make, compiled: Callable[[str], bytes], board: str) -> None:
    made = make(compiled(BOARDS[board][0]), pas_at_el2=True, alone=True)
    numbers = {
        word
        for name in ("streams", "firmware_children", "pcie")
        for words in _lists(sections(made).get(name, {}))
        for word in words
        if isinstance(word, int)
    }
    assert numbers <= {0x0, 0x10000}


def _lists(value: Any) -> list[list[Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, list) and not any(isinstance(item, list) for item in value) else []
    return own + [found for item in inner for found in _lists(item)]


def test_the_description_of_the_soc_is_extended(make: Make, compiled: Callable[[str], bytes]) -> None:
    made = make(compiled("lemans-evk.dts"))
    assert yaml.parse(made.text, "made").data == {
        "name": "mine",
        "title": "Qualcomm Technologies, Inc. Lemans EVK",
        "extends": "lemans",
        "overlay": {"name": "mine-el2"},
        "bases": [],
    }
    assert save(made, None) == "boards/mine.yaml: extends lemans\n"
    builder = Builder(
        Finder.from_directory(Path.cwd()), None, None, None, lambda *_: None, layout.cache_directory()
    )
    assert builder.build(BuildRequest("mine", (Path("board.dtb"),))).errors == 0


def test_the_firmware_chooses_what_is_extended(make: Make, compiled: Callable[[str], bytes]) -> None:
    made = make(compiled("x1e80100-crd.dts"), pas_at_el2=False)
    assert yaml.parse(made.text, "made").data["extends"] == "x1-laptop"


def test_other_firmware_than_that_of_what_is_extended_is_said(
    make: Make, compiled: Callable[[str], bytes]
) -> None:
    made = make(compiled("sc7180-acer-aspire1.dts"), extends="sc7180", pas_at_el2=True)
    data = yaml.parse(made.text, "made").data
    assert data["firmware"] == {"pas_at_el2": True, "source": "TODO"}
    assert data["streams"].keys() == {"remoteproc_mpss", "remoteproc_adsp"}


def test_what_the_base_lacks_is_taken_away_and_the_rest_is_looked_at(
    make: Make, compiled: Callable[[str], bytes]
) -> None:
    made = make(compiled("qcs6490-radxa-dragon-q6a.dts"), pas_at_el2=True)
    data = yaml.parse(made.text, "made").data
    assert (data["extends"], sections(made)) == (
        "kodiak",
        {"disable": {"remoteproc_mpss": None}, "firmware_children": {"wifi": None}},
    )
    assert made.notes == (
        "board.dtb has no remoteproc_mpss: what kodiak writes there is taken away",
        "board.dtb has no wifi: what kodiak writes there is taken away",
    )


WIFI = """
/ {
	compatible = "acme,board", "acme,soc";
	model = "Acme Board";
	#address-cells = <1>;
	#size-cells = <1>;
	smmu: iommu@1000 { compatible = "arm,mmu-500"; reg = <0x1000 1>; #iommu-cells = <2>; };
	%s
	wifi: wifi { compatible = "qcom,wcn6750-wifi"; };
	venus: codec { compatible = "qcom,sc7180-venus"; };
	dsp: dsp { compatible = "acme,adsp-pas"; };
};
"""


def test_wifi_and_a_codec_without_pas_get_a_child_for_their_firmware(
    make: Make, dtb: Callable[[str], bytes]
) -> None:
    made = make(dtb(WIFI % ""), pas_at_el2=False)
    stream = {"iommus": [["smmu", "TODO", "TODO"]], "source": "TODO"}
    assert sections(made) == {
        "firmware_children": {"wifi": {"wifi-firmware": stream}, "venus": {"video-firmware": stream}}
    }


def test_with_two_smmus_it_is_open_which_it_is(make: Make, dtb: Callable[[str], bytes]) -> None:
    other = 'iommu@2000 { compatible = "arm,mmu-500"; reg = <0x2000 1>; #iommu-cells = <2>; };'
    made = make(dtb(WIFI % other), pas_at_el2=True)
    assert sections(made)["streams"] == {"dsp": {"iommus": "TODO", "source": "TODO"}}
    assert "iommus: TODO  # [[smmu or /iommu@2000, stream ID and mask of its firmware; " in made.text
    assert sections(made)["disable"].keys() == {"venus"}


def test_every_open_place_is_refused_with_what_is_asked_for(make: Make, dtb: Callable[[str], bytes]) -> None:
    made = make(dtb(WIFI % ""))
    assert save(made, None) == (
        "boards/mine.yaml: every node of the base that needs a word at EL2\n"
        "7 places are still open: search for TODO, or see `dtgen build mine`\n"
    )
    with pytest.raises(Rejected) as refused:
        boards.load("mine", Finder.from_directory(Path.cwd()))
    assert [f"{d.location}: {d.message}" for d in refused.value.diagnostics[:4]] == [
        "boards/mine.yaml:9:3: firmware.pas_at_el2 is still open: true where TrustZone serves PAS to Linux at "
        "EL2, false where it does not",
        "boards/mine.yaml:10:3: firmware.source is still open: how that is known: the vendor's release notes, "
        "a measurement",
        "boards/mine.yaml:15:3: overlay.license is still open: SPDX expression; the kernel's overlays of the "
        "kind have BSD-3-Clause",
        "boards/mine.yaml:21:16: streams.dsp.iommus is still open: stream ID and mask of its firmware; the "
        "vendor's tree or the SoC's documentation has them",
    ]


def test_a_base_without_labels_is_refused_but_where_they_are_given(
    make: Make, dtb: Callable[[str], bytes]
) -> None:
    bare = blob.without_symbols(dtb(WIFI % ""))
    with pytest.raises(ToolError, match=r"^board\.dtb has no labels \(no __symbols__\)$") as refused:
        make(bare)
    assert "--symbols" in refused.value.remedy
    Path("labelled.dtb").write_bytes(dtb(WIFI % ""))
    made = make(bare, pas_at_el2=True, symbols=Path("labelled.dtb"))
    labels = yaml.parse(made.text, "made").data["labels"]
    assert labels == {
        "dsp": {"path": "/dsp", "compatible": ["acme,adsp-pas"]},
        "smmu": {"path": "/iommu@1000", "compatible": ["arm,mmu-500"], "reg": [0x1000, 0x1]},
        "venus": {"path": "/codec", "compatible": ["qcom,sc7180-venus"]},
        "wifi": {"path": "/wifi", "compatible": ["qcom,wcn6750-wifi"]},
    }


@pytest.mark.parametrize("name", ["../mine", "-mine", "Mine", "mine.yaml", ""])
def test_a_name_that_no_board_can_have_is_refused(make: Make, dtb: Callable[[str], bytes], name: str) -> None:
    with pytest.raises(ToolError) as refused:
        make(dtb(WIFI % ""), name)
    assert (str(refused.value), refused.value.remedy) == (
        f"{name!r} is not a valid name of a board",
        "use a-z, 0-9, _ and -, beginning with a letter or a digit",
    )


def test_the_description_of_another_soc_is_not_extended(make: Make, dtb: Callable[[str], bytes]) -> None:
    with pytest.raises(ToolError) as refused:
        make(dtb(WIFI % ""), extends="lemans")
    assert (str(refused.value), refused.value.remedy) == (
        "board.dtb is for acme,board, acme,soc; lemans is for qcom,qcs9100 or qcom,sa8775p",
        "extend a description of its SoC, or none, with --alone",
    )
