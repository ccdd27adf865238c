"""The table of messages: every form of each is found, by its own text."""

from __future__ import annotations

import io

import pytest

from dtgen.bringup import search
from dtgen.bringup.message import Event, Message, normal, pieces
from dtgen.bringup.messages import MESSAGES
from dtgen.bringup.search import Tally


def events(text: str) -> list[Event]:
    return list(search.events(io.BytesIO(text.encode()), Tally()))


FORMS = [
    pytest.param(message, form, id=f"{message.id}-{form}")
    for message in MESSAGES
    for form in range(len(message.skeletons))
]


@pytest.mark.parametrize(("message", "form"), FORMS)
def test_each_form_has_an_example(message: Message, form: int) -> None:
    matches = [message.match(normal(example)) for example in message.examples]
    assert form in [match.form for match in matches if match]


@pytest.mark.parametrize(
    ("message", "example"),
    [(message, example) for message in MESSAGES for example in message.examples],
)
def test_an_example_is_found_as_its_message(message: Message, example: str) -> None:
    assert message.id in [event.id for event in events(example)]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.id)
def test_each_form_has_a_text_that_is_searched_for(message: Message) -> None:
    for skeleton in message.skeletons:
        assert any(key in piece for key in search.KEYS for piece in pieces(skeleton)), skeleton


def test_no_text_is_searched_for_in_vain() -> None:
    used = {
        key
        for key in search.KEYS
        for message in MESSAGES
        if key in message.begins or any(key in p for skeleton in message.skeletons for p in pieces(skeleton))
    }
    assert set(search.KEYS) - used == set()


def test_ids_are_unique() -> None:
    ids = [message.id for message in MESSAGES]
    assert len(ids) == len(set(ids))


def test_fields_are_read_by_their_keys() -> None:
    (event,) = events(
        "[ 3440.122844] arm-smmu 15000000.apps-smmu: Unhandled context fault: "
        "iova=0xa09d70c8, fsr=0x40000402, fsynr=0x300003, cb=5"
    )
    assert (event.number("iova"), event.number("fsr"), event.get("smmu")) == (
        0xA09D70C8, 0x40000402, "15000000.apps-smmu",
    )  # fmt: skip
    assert event.time == 3440.122844


def test_a_number_that_is_cut_is_no_number() -> None:
    (event,) = events("arm-smmu 1.iommu: Unhandled context fault: fsr=0x402, iova=0xe2010600, cb")
    assert event.number("iova") == 0xE2010600
    assert event.number("cb") is None


def test_two_messages_that_ran_into_one_line_are_both_found() -> None:
    found = events("remoteproc remoteproc1: powering up adspremoteproc remoteproc2: recovering cdsp")
    assert {"rproc-powering"} <= {event.id for event in found}


def test_a_wrapped_message_takes_the_lines_that_follow() -> None:
    (event,) = events("x: error -22 initializing firmware\n    qcom/x1e80100/adsp_dtbs.elf\nremoteproc x\n")
    assert (event.id, event.get("firmware")) == ("init-image", "qcom/x1e80100/adsp_dtbs.elf")


def test_a_following_message_is_not_taken_for_the_rest_of_one() -> None:
    found = events(
        "[    1.0] qcom_q6v5_pas 1.remoteproc: watchdog received:\n[    1.1] remoteproc remoteproc0: recovering adsp\n"
    )
    assert [event.id for event in found] == ["rproc-recovery"]


def test_a_line_of_a_driver_that_says_nothing_known_is_counted() -> None:
    tally = Tally()
    list(search.events(io.BytesIO(b"arm-smmu 15000000.iommu: something new\nusb 1-1: new device\n"), tally))
    assert {driver: unknown.count for driver, unknown in tally.unknown.items()} == {"arm-smmu": 1}
    assert tally.unknown["arm-smmu"].lines == [(1, "arm-smmu 15000000.iommu: something new")]
    assert tally.lines == 2
