from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from corpus import ROOT

from dtgen.description import schema, yaml
from dtgen.description.schema import check
from dtgen.description.yaml import Document
from dtgen.errors import Rejected
from dtgen.project import layout

Complaints = Callable[..., list[str]]
Read = Callable[..., Document]


@pytest.fixture
def read(header: str) -> Read:
    """A description that was read but not checked; the text is what follows the header."""
    return lambda text, start=header: yaml.parse(start + text, "b.yaml")


IOMMUS = "entries of `[label of the SMMU, cell …]`; for an SMMU with two cells: stream ID and mask"
VALUE = (
    "write a text, a number (one cell), true (a boolean), {cells: [label, 0x1, …]} (in groups where "
    'nested), {bytes: "00 ff"}, {path: label} (the path of a node of this overlay), or a list of such'
    " parts: [text, …]"
)
TARGET = "a label of the base (`apps_smmu`) or a path (`/soc@0/iommu@15000000`)"


def test_a_sound_description_is_let_through(read: Read, complaints: Complaints) -> None:
    assert complaints(check, read("streams: {adsp: {iommus: [[smmu, 0x3000, 0x0]]}}\n")) == []


def test_an_empty_section_is_let_through(read: Read, complaints: Complaints) -> None:
    assert complaints(check, read("streams:\n")) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("streems: {}\n", "b.yaml:6:1: unknown key streems (did you mean streams?)"),
        (
            "zzz: {}\n",
            "b.yaml:6:1: unknown key zzz (known here: name, title, extends, on, compatible, firmware, overlay, "
            "constants, bases, streams, disable, enable, pcie, firmware_children, without_stream, labels, allow, "
            "deliver, legacy, nodes)",
        ),
        (
            "streams: {x: {iommus: [[s]], sauce: y}}\n",
            "b.yaml:6:30: unknown key sauce in streams.x (did you mean source?)",
        ),
        (
            "streams: {x: {}}\n",
            "b.yaml:6:11: streams.x lacks iommus (write iommus: … (entries of `[label of the SMMU,"
            " cell …]`; for an SMMU with two cells: stream ID and mask))",
        ),
        (
            "streams: []\n",
            "b.yaml:6:10: streams: [] is not a mapping (streams of the remote processors and other"
            " masters, by label: what becomes `iommus`)",
        ),
        ("streams: {x: {iommus: s}}\n", 'b.yaml:6:23: streams.x.iommus: "s" is not a list (write [[s]])'),
        (
            "streams: {x: {iommus: []}}\n",
            "b.yaml:6:23: streams.x.iommus: it is empty (entries of `[label of the SMMU, cell …]`;"
            " for an SMMU with two cells: stream ID and mask)",
        ),
        (
            "streams: {x: {iommus: [[s, 1, 2, 3, 4, 5, 6, 7, 8, 9]]}}\n",
            "b.yaml:6:24: streams.x.iommus.1: 10 entries are too many (entries of `[label of the "
            "SMMU, cell …]`; for an SMMU with two cells: stream ID and mask)",
        ),
        (
            "streams: {x: {iommus: [[5]]}}\n",
            "b.yaml:6:25: streams.x.iommus.1.1: 0x5 is not a text (a label: letters, digits and `_`)",
        ),
        (
            "streams: {x: {iommus: [[s, t]]}}\n",
            'b.yaml:6:28: streams.x.iommus.1.2: "t" is not a number (entries of `[label of the '
            "SMMU, cell …]`; for an SMMU with two cells: stream ID and mask)",
        ),
        (
            "streams: {x: {iommus: [[s, 0x100000000]]}}\n",
            "b.yaml:6:28: streams.x.iommus.1.2: 0x100000000 is larger than 0xffffffff, the largest"
            " that fits (entries of `[label of the SMMU, cell …]`; for an SMMU with two cells: "
            "stream ID and mask)",
        ),
        (
            "streams: {x: {iommus: [[s, -1]]}}\n",
            "b.yaml:6:28: streams.x.iommus.1.2: -0x1 is smaller than 0x0 (entries of `[label of "
            "the SMMU, cell …]`; for an SMMU with two cells: stream ID and mask)",
        ),
        (
            "streams: {x y: {iommus: [[s]]}}\n",
            'b.yaml:6:11: "x y" cannot be a name in streams (a label of the base (`apps_smmu`) or '
            "a path (`/soc@0/iommu@15000000`))",
        ),
        (
            "pcie: {p: {iommu-map: [[0, s]]}}\n",
            "b.yaml:6:24: pcie.p.iommu-map.1: 2 entries, at least 3 are needed (entries of `[first"
            " requester ID, label of the provider, its cells …, length]`; for an SMMU with two "
            "cells: stream ID, mask and the length 1 (Linux v7.2 and later; earlier kernels take "
            "the stream ID alone))",
        ),
        (
            "pcie: {p: {msi-map: [[0, s, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]}}\n",
            "b.yaml:6:22: pcie.p.msi-map.1: 12 entries are too many (entries of `[first requester "
            "ID, label of the provider, its cells …, length]`; for an SMMU with two cells: stream "
            "ID, mask and the length 1 (Linux v7.2 and later; earlier kernels take the stream ID "
            "alone))",
        ),
        (
            "firmware_children: {v: {firmware: {iommus: [[s]]}}}\n",
            'b.yaml:6:25: "firmware" cannot be a name in firmware_children.v (a name that ends in '
            "`-firmware`, such as `video-firmware`)",
        ),
        (
            "disable: {x: because}\n",
            'b.yaml:6:14: disable.x: "because" is not a mapping (write {why: because})',
        ),
        (
            "disable: {x: {why: ''}}\n",
            "b.yaml:6:20: disable.x.why: it is empty (why the board needs it, where that is not obvious)",
        ),
        (
            "without_stream: {x: {why: because}}\n",
            "b.yaml:6:18: without_stream.x lacks source (write source: … (where the value comes "
            "from: a commit, a document, a vendor tree, a measurement))",
        ),
        (
            "legacy: {}\n",
            "b.yaml:6:1: legacy lacks devmem (write devmem: … (`qcom,devmem` by label: device "
            "regions to map before the processor starts))",
        ),
        (
            "legacy: {devmem: {x: {regions: [[1, 2, 0, 1]]}}}\n",
            "b.yaml:6:40: legacy.devmem.x.regions.1.3: 0x0 is smaller than 0x1 (tuples of device "
            "address, physical address, size in bytes, IOMMU attribute flags (READ 1, WRITE 2, "
            "CACHE 4, NOEXEC 8, MMIO 16))",
        ),
        (
            "legacy: {devmem: {x: {regions: [[1, 2, 3, 32]]}}}\n",
            "b.yaml:6:43: legacy.devmem.x.regions.1.4: 0x20 is larger than 0x1f, the largest that "
            "fits (tuples of device address, physical address, size in bytes, IOMMU attribute "
            "flags (READ 1, WRITE 2, CACHE 4, NOEXEC 8, MMIO 16))",
        ),
        (
            "nodes: [{properties: {}}]\n",
            "b.yaml:6:9: nodes.1 lacks target (write target: … (a label of the base (`apps_smmu`) "
            "or a path (`/soc@0/iommu@15000000`)))",
        ),
        (
            "nodes: [{target: /soc@0/}]\n",
            'b.yaml:6:18: nodes.1.target: "/soc@0/" ends in / (write /soc@0)',
        ),
        (
            f"nodes: [{{target: x, children: {{{'a' * 64}: {{}}}}}}]\n",
            'b.yaml:6:32: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa… cannot be a'
            " name in nodes.1.children (a node's name, such as `carveout@90000000`)",
        ),
        (
            "nodes: [{target: x, properties: {p q: 1}}]\n",
            'b.yaml:6:34: "p q" cannot be a name in nodes.1.properties',
        ),
    ],
)
def test_an_error_is_told_in_the_descriptions_words(
    read: Read, complaints: Complaints, text: str, message: str
) -> None:
    assert complaints(check, read(text)) == [message]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("null", "null"),
        ("[]", "[]"),
        ("[[a]]", "[[a]]"),
        ("1.5", "1.5"),
        ("-2147483649", "-0x80000001"),
        ("0x100000000", "0x100000000"),
        ("{foo: 1}", "{foo: 0x1}"),
        ("{cells: []}", "{cells: []}"),
        ("{cells: [-9223372036854775809]}", "{cells: [-0x8000000000000001]}"),
        ("{cells: [1], bits: 24}", "{cells: [0x1], bits: 0x18}"),
        ("{cells: [0x10000000000000000], bits: 64}", "{cells: [0x10000000000000000], bits: 0x40}"),
        ("{bytes: 00 ff, x: 1}", '{bytes: "00 ff", x: 0x1}'),
        (f"{{foo: {'x' * 99}}}", f"{{foo: {'x' * 53}…"),
    ],
)
def test_a_value_of_no_known_form_is_shown_with_all_forms(
    read: Read, complaints: Complaints, value: str, shown: str
) -> None:
    description = read(f"nodes: [{{target: x, properties: {{p: {value}}}}}]\n")
    assert complaints(check, description) == [
        f"b.yaml:6:37: nodes.1.properties.p: {shown} does not fit here ({VALUE})"
    ]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "{path: /x}",
            'b.yaml:6:44: nodes.1.properties.p.path: "/x" cannot have "/" in it (a label: letters,'
            " digits and `_`)",
        ),
        (
            '{bytes: ""}',
            'b.yaml:6:45: nodes.1.properties.p.bytes: "" does not fit here (bytes of two hex '
            "digits each, such as `00 ff`)",
        ),
        ('{bytes: "0x00"}', 'b.yaml:6:45: nodes.1.properties.p.bytes: "0x00" does not fit here (write "00")'),
        (
            '{bytes: "00ff 1"}',
            'b.yaml:6:45: nodes.1.properties.p.bytes: "00ff 1" does not fit here (bytes of two hex'
            " digits each, such as `00 ff`)",
        ),
        (
            '"a\\0b"',
            'b.yaml:6:37: nodes.1.properties.p: "a\\u0000b" cannot have "\\u0000" in it (write a '
            "text, a number (one cell), true (a boolean), {cells: [label, 0x1, …]} (in groups "
            'where nested), {bytes: "00 ff"}, {path: label} (the path of a node of this overlay), '
            "or a list of such parts: [text, …])",
        ),
    ],
)
def test_a_value_of_a_known_form_is_shown_alone(
    read: Read, complaints: Complaints, value: str, message: str
) -> None:
    description = read(f"nodes: [{{target: x, properties: {{p: {value}}}}}]\n")
    assert complaints(check, description) == [message]


@pytest.mark.parametrize(
    ("value", "shown", "help"),
    [
        ("false", "false", "leave the property out: a boolean is false where it is absent"),
        ("[0x1, label]", "[0x1, label]", "write {cells: [0x1, label]}"),
    ],
)
def test_a_value_of_another_form_is_written_anew(
    read: Read, complaints: Complaints, value: str, shown: str, help: str
) -> None:
    description = read(f"nodes: [{{target: x, properties: {{p: {value}}}}}]\n")
    assert complaints(check, description) == [
        f"b.yaml:6:37: nodes.1.properties.p: {shown} does not fit here ({help})"
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "title: B",
            "title: 5",
            "b.yaml:2:8: title: 0x5 is not a text (one line for people: the SoC or the board, and "
            "its other names)",
        ),
        (
            "title: B\n",
            "",
            "b.yaml:1:1: the description lacks title (write title: … (one line for people: the SoC"
            " or the board, and its other names))",
        ),
        (
            '["qcom,b"]',
            "[]",
            "b.yaml:3:13: compatible: it is empty (a base fits when its root node has at least one"
            " of these compatibles)",
        ),
        (
            "b-el2",
            "../b",
            'b.yaml:5:17: overlay.name: "../b" does not fit here (the overlay\'s file name without '
            "its ending: `<name>.dtso`, `<name>.dtbo`)",
        ),
        (
            "{pas_at_el2: true}",
            "{}",
            "b.yaml:4:1: firmware lacks pas_at_el2 (write pas_at_el2: … (whether TrustZone serves "
            "the Peripheral Authentication Service (PAS) to Linux at EL2))",
        ),
        (
            "firmware: {pas_at_el2: true}\n",
            "",
            "b.yaml:1:1: the description lacks firmware (write firmware: … (what the firmware "
            "under Linux does))",
        ),
        (
            "{pas_at_el2: true}",
            "{el2: false, source: S}",
            "b.yaml:4:11: firmware: 2 entries, where there is one with `el2` (what the firmware "
            "under Linux does)",
        ),
        (
            "true",
            "yes",
            'b.yaml:4:24: firmware.pas_at_el2: "yes" is not true or false (write true)',
        ),
    ],
)
def test_an_error_of_the_header_is_told_in_its_line(
    read: Read, complaints: Complaints, header: str, old: str, new: str, message: str
) -> None:
    assert complaints(check, read("", header.replace(old, new))) == [message]


def test_every_error_is_told_in_the_order_of_the_lines(read: Read, complaints: Complaints) -> None:
    text = "enable: 1\nstreams: {x: {iommus: [[5, t]]}}\nzz: 1\n"
    assert [told.partition(" (")[0] for told in complaints(check, read(text))] == [
        "b.yaml:6:9: enable: 0x1 is not a mapping",
        "b.yaml:7:25: streams.x.iommus.1.1: 0x5 is not a text",
        "b.yaml:8:1: unknown key zz",
    ]


def test_every_missing_key_is_told(complaints: Complaints) -> None:
    assert complaints(check, yaml.parse("name: b\nfirmware: {pas_at_el2: true}\n", "b.yaml")) == [
        "b.yaml:1:1: the description lacks compatible (write compatible: … (a base fits when its "
        "root node has at least one of these compatibles))",
        "b.yaml:1:1: the description lacks overlay (write overlay: … (the generated files and their header))",
        "b.yaml:1:1: the description lacks title (write title: … (one line for people: the SoC or the "
        "board, and its other names))",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "bases: [qcom/x.txt]\n",
        "bases: [/etc/x.dts]\n",
        "bases: [qcom/x.dts, qcom/x.dts]\n",
        "disable: {x: {why: ''}}\n",
        "pcie: {p: {}}\n",
    ],
)
def test_no_message_is_jsonschemas_own(read: Read, complaints: Complaints, text: str) -> None:
    (told,) = complaints(check, read(text))
    jargon = ("is not valid under any of the given schemas", "non-unique elements", "should be non-empty")
    assert not any(words in told for words in jargon)


def test_a_long_text_is_shortened(read: Read, complaints: Complaints, header: str) -> None:
    (told,) = complaints(check, read("", header.replace("title: B", f"title: {'x' * 50_000}")))
    assert len(told) < 1000


@pytest.mark.parametrize(
    "text",
    [
        "streams: {x: {iommus: [[s, 1.0]]}}\n",
        "nodes: [{target: x, properties: {p: 1.0}}]\n",
        "nodes: [{target: x, properties: {p: {cells: [1.0]}}}]\n",
    ],
)
def test_a_float_is_no_number_of_a_devicetree(read: Read, text: str) -> None:
    with pytest.raises(Rejected):
        check(read(text))


@pytest.mark.parametrize(
    "text",
    [
        'nodes: [{target: "x\\n"}]\n',
        'nodes: [{target: x, properties: {"p\\n": 1}}]\n',
        'nodes: [{target: x, children: {"c\\n": {}}}]\n',
        'streams: {x: {iommus: [["s\\n", 1]]}}\n',
        'bases: [{name: "x\\n", dts: qcom/x.dts, overlays: [qcom/y.dtso]}]\n',
    ],
)
def test_a_name_cannot_end_in_a_newline(read: Read, text: str) -> None:
    with pytest.raises(Rejected):
        check(read(text))


BOARDS = sorted((ROOT / "boards").glob("*.yaml"))


@pytest.fixture(scope="module")
def boards() -> list[Any]:
    """What the built-in descriptions have, each with what it extends left out."""
    return [yaml.read(file, file.name).data for file in BOARDS]


def test_a_valid_description_needs_no_jsonschema(boards: list[Any]) -> None:
    form = layout.board_schema().read_text()
    assert boards and all(schema._is_surely_valid(form, board) == valid(form, board) for board in boards)
    assert sum(schema._is_surely_valid(form, board) for board in boards) > len(boards) // 2


def valid(form: str, data: Any) -> bool:
    return bool(schema._validator()(json.loads(form)).is_valid(data))


WRONG = (None, True, 0, -1, 1 << 40, "", "x", "a\n", "soc@0", [], [1], {}, {"x": 1}, 1.0)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


@pytest.mark.parametrize("seed", range(4))
def test_what_is_surely_valid_is_valid(boards: list[Any], seed: int) -> None:
    form, random, answers = layout.board_schema().read_text(), Random(seed), set()
    for _ in range(60):
        board = copy.deepcopy(random.choice(boards))
        for _ in range(random.randrange(3)):
            holder, key = random.choice([*places(board)])
            match random.randrange(3):
                case 0:
                    holder[key] = random.choice(WRONG)
                case 1 if isinstance(holder, dict):
                    holder[random.choice(["x", "iommus", "source", "at"])] = holder.pop(key)
                case _:
                    del holder[key]
        surely = schema._is_surely_valid(form, board)
        answers.add(surely)
        assert valid(form, board) or not surely, board
    assert answers == {True, False}


def test_a_keyword_with_another_meaning_is_a_doubt() -> None:
    form = {
        "$id": "x:y",
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "unevaluatedProperties": True,
    }
    assert not schema._is_surely_valid(json.dumps(form), {})
    del form["unevaluatedProperties"]
    assert schema._is_surely_valid(json.dumps(form), {})
