"""What stands in brackets, and what may have been meant by what does not."""

from __future__ import annotations

import re

import pytest

from dtgen.bringup import causes
from dtgen.commands.explain import PAGES, page
from dtgen.defects import DEFECTS
from dtgen.diagnostics import Severity
from dtgen.errors import ToolError


@pytest.mark.parametrize("id_", PAGES)
def test_every_page_begins_with_a_sentence(id_: str) -> None:
    found = page(id_, None)
    assert (found.id, found.severity is None) == (id_, id_ in causes.ALL)
    assert re.fullmatch(r".{20,110}\.", found.summary)


@pytest.mark.parametrize("id_", DEFECTS)
def test_a_defect_says_why_how_it_is_mended_and_where_that_is_known_from(id_: str) -> None:
    text = DEFECTS[id_].documentation
    assert re.findall(r"^(Why|Fix|Source): \S", text, re.MULTILINE) == ["Why", "Fix", "Source"]
    assert max(map(len, text.splitlines())) <= 110
    assert text.endswith(".")


def test_ids_of_defects_are_no_ids_of_rules_and_are_sorted() -> None:
    from dtgen.rules import ALL

    assert not DEFECTS.keys() & ALL.keys()
    assert list(DEFECTS) == sorted(DEFECTS)


def test_brackets_may_stay() -> None:
    assert page("[malformed-blob]", None) == page("malformed-blob", None)


def test_a_check_of_dtcs() -> None:
    found = page("dtc:interrupt_provider", None)
    assert (found.severity, found.documentation) == (
        Severity.WARNING,
        "A node with `interrupt-controller` or `interrupt-map` lacks `#interrupt-cells` or `#address-cells`; or "
        "one with `#interrupt-cells` has neither of the two.\n\n"
        "Kbuild: it is on in every build of the kernel.\n\n"
        "Note: dtc before 1.7.0 asks for #address-cells where no interrupt-map refers to the node: of every GPIO\n"
        "controller it says \"Missing '#address-cells' in interrupt provider\". Newer ones do not: it is a defect of\n"
        "the older dtc, not of the tree.\n\n"
        "Source: interrupt_provider in dtc's checks.c; the kernel's scripts/Makefile.dtbs.",
    )
    assert "Kbuild: it is off without W=1.\n" in page("dtc:unit_address_vs_reg", None).documentation
    assert page("dtc:duplicate_label", None).severity is Severity.ERROR


@pytest.mark.parametrize(
    ("name", "message", "remedy"),
    [
        ("atach-overlap", "atach-overlap is not a rule", "did you mean attach-overlap?"),
        ("attach_overlap", "attach_overlap is not a rule", "did you mean attach-overlap?"),
        ("attachoverlap", "attachoverlap is not a rule", "did you mean attach-overlap?"),
        ("malformd-blob", "malformd-blob is not a rule", "did you mean malformed-blob?"),
        ("malformed-thing", "malformed-thing is not a rule", "`dtgen rules` lists them"),
        (
            "overlap",
            "overlap is not a rule",
            "did you mean attach-overlap or carveout-overlap or partial-overlap?",
        ),
        ("reg_format", "reg_format is not a rule", "did you mean dtc:reg_format?"),
        ("zzz", "zzz is not a rule", "`dtgen rules` lists them"),
        (
            "dtc:interupt_provider",
            "dtc has no check interupt_provider",
            "did you mean dtc:interrupt_provider?",
        ),
        ("dtc:zzz", "dtc has no check zzz", ""),
        (
            "media/qcom,venus-commn.yaml",
            "the built-in bindings have no binding media/qcom,venus-commn.yaml",
            "did you mean media/qcom,venus-common.yaml?",
        ),
        (
            "arm/none.yaml",
            "the built-in bindings have no binding arm/none.yaml",
            "name the set that has it: --kernel DIR, or --bindings DIR",
        ),
    ],
)
def test_what_is_none(name: str, message: str, remedy: str) -> None:
    with pytest.raises(ToolError) as caught:
        page(name, None)
    assert (str(caught.value), caught.value.remedy) == (message, remedy)


@pytest.mark.parametrize("id_", PAGES)
def test_no_id_is_a_misspelled_other_one(id_: str) -> None:
    """Who mistypes the last letter is sent to the id that was meant."""
    with pytest.raises(ToolError) as caught:
        page(id_[:-1] + "q", None)
    assert id_ in caught.value.remedy or len(id_) < 6
