"""The table of causes, and the examples of each cause's documentation, which are executed."""

from __future__ import annotations

import importlib
import pkgutil
import re
import textwrap
from collections.abc import Callable

import pytest
from board_logs import boot, diagnosed

from dtgen import rules
from dtgen.bringup import causes
from dtgen.bringup.case import Case
from dtgen.bringup.causes import CAUSES, Cause
from dtgen.bringup.tree import KnownTree
from dtgen.bringup.verdict import Confidence
from dtgen.devicetree import blob
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged

MODULES = sorted(module.name for module in pkgutil.iter_modules(causes.__path__))
HEADINGS = ("Why", "Says", "Silent", "Fix", "Source")

each_cause = pytest.mark.parametrize("cause", CAUSES, ids=[cause.id for cause in CAUSES])


def examples(cause: Cause, heading: str) -> list[str]:
    found = re.findall(rf"^{heading}[^\n]*:\n\n((?:    [^\n]*\n|\n)+)", cause.documentation, re.MULTILINE)
    return [textwrap.dedent(text).strip("\n") for text in found]


def every(heading: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("cause", "text"),
        [
            pytest.param(cause, text, id=f"{cause.id}-{number}")
            for cause in CAUSES
            for number, text in enumerate(examples(cause, heading), 1)
        ],
    )


@pytest.fixture(scope="session")
def case(dtb: Callable[[str], bytes]) -> Callable[[str], dict[str, object]]:
    """The log of an example, and its tree where it has one: the body of a board, which is the tree that ran."""

    def read(text: str) -> tuple[bytes, dict[str, object]]:
        log, _, body = text.partition("-- tree\n")
        if not body:
            return log.encode(), {}
        data = dtb(f"/ {{\n{body}\n}};")
        system = System(Merged.unchanged(blob.read(data, "test.dtb"), data), True)
        return log.encode(), {"tree": KnownTree(system, exact=True)}

    return read


@every("Says")
def test_a_cause_says_what_its_example_says(case, cause: Cause, text: str) -> None:
    given, _, says = text.partition("-- says\n")
    log, options = case(given)
    first = diagnosed(log, **options).first
    assert first is not None
    assert f"{first.verdict.confidence.value}: {first.verdict.summary}" == says.strip()
    assert first.cause.id == cause.id


@every("Silent")
def test_a_cause_is_silent_on_its_example(case, cause: Cause, text: str) -> None:
    log, options = case(text)
    found = diagnosed(log, **options)
    assert cause.id not in [one.cause.id for one in (*found.causes, *found.notes)]


@each_cause
@pytest.mark.parametrize("heading", ["Says", "Silent"])
def test_a_cause_has_examples(cause: Cause, heading: str) -> None:
    assert examples(cause, heading) != []


@each_cause
def test_a_cause_documents_itself_in_order(cause: Cause) -> None:
    summary, *_ = cause.documentation.splitlines()
    found = re.findall(rf"^({'|'.join(HEADINGS)})\b[^\n]*:", cause.documentation, re.MULTILINE)
    assert summary.endswith(".")
    assert list(dict.fromkeys(found)) == list(HEADINGS)


@pytest.mark.parametrize("module", MODULES)
def test_the_id_of_a_cause_is_its_module_with_hyphens(module: str) -> None:
    assert module.replace("_", "-") == importlib.import_module(f"dtgen.bringup.causes.{module}").ID


def test_every_module_is_in_the_table_once() -> None:
    assert sorted(cause.id for cause in CAUSES) == [module.replace("_", "-") for module in MODULES]


def test_no_cause_has_the_name_of_a_rule() -> None:
    assert not {cause.id for cause in CAUSES} & set(rules.ALL)


def test_causes_are_asked_by_stage() -> None:
    assert [cause.stage for cause in CAUSES] == sorted(cause.stage for cause in CAUSES)


@each_cause
def test_a_cause_says_nothing_of_an_empty_log(cause: Cause) -> None:
    assert list(cause.check(Case(boot(b"")))) == []


def test_an_overlap_of_the_base_does_not_hide_what_failed() -> None:
    """Many bases have one; the kernel goes on."""
    log = (
        b"[ 0.0] OF: reserved mem: OVERLAP DETECTED!\n[ 0.0] a@1 (0x1--0x3) overlaps with b@2 (0x2--0x4)\n"
        b"[ 7.2] qcom_q6v5_pas 3.remoteproc: can't attach iommu device: -22\n"
    )
    assert [one.cause.id for one in diagnosed(log).causes] == ["attach-refused", "carveout-overlap"]


def test_firmware_that_does_not_serve_pas_wants_no_streams(dtb) -> None:
    data = dtb('/ { remoteproc@3000000 { compatible = "qcom,sc8280xp-adsp-pas"; }; };')
    log = (
        b"[ 0.09] CPU: All CPU(s) started at EL2\n"
        b"[ 7.2] qcom_q6v5_pas 3000000.remoteproc: error -22 initializing firmware a.mbn\n"
    )
    words = {}
    for pas in (True, False):
        system = System(Merged.unchanged(blob.read(data, "test.dtb"), data), pas)
        (found,) = diagnosed(log, tree=KnownTree(system, exact=True)).causes
        words[pas] = found.verdict.confidence, found.verdict.rule
    assert words == {
        True: (Confidence.LIKELY, "pas-without-stream"),
        False: (Confidence.POSSIBLE, ""),
    }


def test_what_an_earlier_stage_explains_is_no_cause_of_a_later_one() -> None:
    log = (
        b"[ 0.091] CPU: All CPU(s) started at EL1\n[ 4.0] platform 1.remoteproc: Adding to iommu group 15\n"
        b"[ 4.1] qcom_q6v5_pas 1.remoteproc: error -22 initializing firmware a.mbn\n"
    )
    found = diagnosed(log)
    assert [one.cause.id for one in found.causes] == ["el2-tree-at-el1"]
    assert [event.id for event in found.causes[0].verdict.follows] == ["init-image"]


def test_nothing_is_certain_of_a_tree_that_was_built_for_its_names(dtb) -> None:
    data = dtb("""/ {
        smmu: iommu@15000000 { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
        adsp: remoteproc@30000000 { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&smmu 0x3001 0x0>; };
        dais { iommus = <&smmu 0x3001 0x0>; };
    };""")
    system = System(Merged.unchanged(blob.read(data, "test.dtb"), data), True)
    log = b"qcom_q6v5_pas 30000000.remoteproc: can't attach iommu device: -22"
    words = {
        exact: diagnosed(log, tree=KnownTree(system, exact=exact)).causes[0].verdict.confidence
        for exact in (True, False)
    }
    assert words == {True: Confidence.CERTAIN, False: Confidence.LIKELY}


def test_a_damaged_overlay_is_no_unknown_label_whatever_its_name() -> None:
    found = diagnosed(b"Retrieving file: /label.dtbo\nFailed loading overlay /label.dtbo\n").causes[0]
    assert (found.cause.id, found.id) == ("overlay-refused", "overlay-refused")
