"""One tree after the other."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.bindings.select import USUAL, Loadable, choose
from dtgen.checks.cache import KeptVerdict
from dtgen.commands import validate_tree
from dtgen.commands.validate_tree import Answer, Examiner, Given, Question
from dtgen.diagnostics import Severity
from dtgen.errors import ToolError
from dtgen.project.layout import cache_directory
from dtgen.results import Assessment

Dtb = Callable[[str], bytes]

TREE = """/ {
    compatible = "v,board"; model = "B"; #address-cells = <1>; #size-cells = <1>;
    smmu: iommu@10000 {
        compatible = "qcom,msm8996-smmu-v2", "qcom,smmu-v2"; reg = <0x10000 0x10000>; #iommu-cells = <2>;
    };
    codec { iommus = <&smmu 0x13000 0>; };
};"""
RULE = "stream-width"


@pytest.fixture
def bindings() -> Loadable:
    return choose(None, cache_directory(), lambda what, done, of: None).loadable


@pytest.fixture
def question(bindings: Loadable) -> Question:
    return Question(bindings, {})


def of(answer: Answer) -> list[str]:
    assert isinstance(answer.said, Assessment)
    return [f"{d.location}: {d.message} [{d.rule}]" for d in answer.said.introduced]


def test_what_is_said_of_a_tree_does_not_depend_on_its_name(question: Question, dtb: Dtb) -> None:
    examiner = Examiner(question, None)
    one, other = (examiner.examine(Given(name, dtb(TREE))) for name in ("one.dtb", "other.dtb"))
    assert isinstance(one.said, KeptVerdict)
    assert one.said == other.said
    assert RULE in {observation.rule for observation in one.said.observations}
    assert one.validated
    assert one.seconds is not None


def test_severities_are_those_of_the_question(bindings: Loadable, dtb: Dtb) -> None:
    given, found = Given("x.dtb", dtb(TREE)), []
    for severities in ({}, {RULE: Severity.INFO}, {RULE: None}):
        said = Examiner(Question(bindings, severities), None).examine(given).said
        assert isinstance(said, KeptVerdict)
        found.append([o.severity for o in said.observations if o.rule == RULE])
    assert found == [[Severity.ERROR], [Severity.INFO], []]


def test_of_what_is_no_tree_it_is_said_why(question: Question, dtb: Dtb, dtbo: Dtb) -> None:
    examiner = Examiner(question, None)
    broken = examiner.examine(Given("cut.dtb", dtb(TREE)[:-8]))
    assert not broken.validated
    assert of(broken)[0].startswith("cut.dtb: truncated: ")
    overlay = examiner.examine(Given("o.dtbo", dtbo("&a { b; };")))
    assert not overlay.validated
    assert of(overlay) == ["o.dtbo: this is an overlay: it cannot be validated without a base [wrong-base]"]


def test_a_tree_beside_what_it_was_made_from(bindings: Loadable, dtb: Dtb, tmp_path: Path) -> None:
    """The verdict on that is kept, and what is said of each tree beside it."""
    base = Given("base.dtb", dtb(TREE))
    examiner = Examiner(Question(bindings, {}, against=base), tmp_path)
    text = TREE.replace("codec {", "dsp { iommus = <&smmu 0x23000 0>; }; codec {")
    new = examiner.examine(Given("new.dtb", dtb(text)))
    assert of(new) == [
        "new.dtb: stream ID 0x23000 of entry 1 is wider than the 16 bits of &smmu: the kernel would use 0x3000 [stream-width]"
    ]
    same = examiner.examine(Given("same.dtb", base.blob))
    assert of(same) == []
    assert isinstance(same.said, Assessment)
    assert RULE in {diagnostic.rule for diagnostic in same.said.pre_existing}
    assert len(list(tmp_path.iterdir())) == 3


def test_where_that_is_no_tree_each_tree_is_told_so(bindings: Loadable, dtb: Dtb) -> None:
    examiner = Examiner(Question(bindings, {}, against=Given("base.dtb", b"")), None)
    for name in ("a.dtb", "b.dtb"):
        answer = examiner.examine(Given(name, dtb(TREE)))
        assert not answer.validated
        assert of(answer) == ["base.dtb: the file is empty, not a devicetree blob [malformed-blob]"]


def test_bindings_that_are_gone_are_told_with_the_first_tree(dtb: Dtb, tmp_path: Path) -> None:
    gone = Loadable(tmp_path / "gone.schemas", "gone", True, USUAL)
    examiner = Examiner(Question(gone, {}), None)
    with pytest.raises(ToolError, match=r"the prepared bindings in .*gone.schemas are gone, or damaged"):
        examiner.examine(Given("x.dtb", dtb(TREE)))


def test_a_process_answers_as_an_examiner_does(question: Question, dtb: Dtb) -> None:
    given = Given("x.dtb", dtb(TREE))
    validate_tree.begin(pickle.loads(pickle.dumps(question)), None)
    answer = pickle.loads(pickle.dumps(validate_tree.examine(given)))
    assert answer.said == Examiner(question, None).examine(given).said


def test_of_a_tree_that_a_process_died_of() -> None:
    answer = validate_tree.died(Given("x.dtb", b""))
    assert (answer.validated, answer.seconds) == (False, None)
    assert of(answer) == [
        "x.dtb: the process that looked at it ended without a word: it crashed, or there was no memory left [crashed]"
    ]
