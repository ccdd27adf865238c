"""Matching by key, not by text."""

from __future__ import annotations

import dataclasses
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dtgen.bindings.violation import Violation
from dtgen.checks.comparison import compare
from dtgen.checks.tree import Observation
from dtgen.diagnostics import Clause, Finding, Severity, Subject


def violation(node: str, keyword: str, message: str, item: str = "") -> Observation:
    clause = Clause("test/widget.yaml", node, ("reg",), keyword)
    finding = Finding(Subject(node, "reg"), message)
    return Observation(
        clause.schema,
        Severity.ERROR,
        finding,
        Violation(finding.subject, clause, item, message, "", "", False),
    )


def rule(node: str, message: str, *also: str) -> Observation:
    finding = Finding(Subject(node, "iommus"), message, also=tuple(map(Subject, also)))
    return Observation("attach-overlap", Severity.ERROR, finding)


def texts(observations: tuple[Observation, ...]) -> list[str]:
    return [observation.finding.message for observation in observations]


def test_what_is_new_mended_and_was_there() -> None:
    old, gone, new = violation("/a", "maxItems", "a"), violation("/b", "maxItems", "b"), rule("/c", "c")
    found = compare([old, gone], [old, new])
    assert (found.introduced, found.fixed, found.pre_existing) == ((new,), (gone,), (old,))


def test_the_text_is_of_no_matter() -> None:
    """A message tells of counts and numbers, which may be others for the same defect."""
    found = compare([violation("/a", "maxItems", "has 2")], [violation("/a", "maxItems", "has 3")])
    assert (found.introduced, found.fixed, texts(found.pre_existing)) == ((), (), ["has 3"])


def test_another_keyword_node_item_or_partner_is_another_defect() -> None:
    for before, after in (
        (violation("/a", "maxItems", "m"), violation("/a", "minItems", "m")),
        (violation("/a", "maxItems", "m"), violation("/b", "maxItems", "m")),
        (violation("/a", "required", "m", "x"), violation("/a", "required", "m", "y")),
        (rule("/a", "m", "/x"), rule("/a", "m", "/y")),
        (rule("/a", "m"), violation("/a", "maxItems", "m")),
    ):
        found = compare([before], [after])
        assert (found.introduced, found.fixed, found.pre_existing) == ((after,), (before,), ())


def test_one_more_of_a_kind_is_new_and_it_is_the_one_of_another_text() -> None:
    first, second = rule("/a", "entry 1"), rule("/a", "entry 2")
    found = compare([second], [first, second])
    assert (texts(found.introduced), texts(found.pre_existing)) == (["entry 1"], ["entry 2"])


def test_what_the_overlay_has_written_is_its_own() -> None:
    old = violation("/a", "maxItems", "m")
    found = compare([old], [old], frozenset({Subject("/a", "reg")}))
    assert (found.introduced, found.fixed, found.pre_existing) == ((old,), (), ())


def test_an_innocent_property_that_an_old_error_names_too_is_not_new() -> None:
    old = violation("/a", "unevaluatedProperties", "m", "reg")
    new = violation("/a", "unevaluatedProperties", "m", "iommus")
    assert new.violation
    innocent = dataclasses.replace(new, violation=dataclasses.replace(new.violation, innocent=True))
    assert compare([old], [old, innocent]).introduced == ()
    assert compare([old], [old, new]).introduced == (new,)
    assert compare([], [innocent]).introduced == (innocent,)


OBSERVATIONS = st.lists(
    st.builds(
        violation, st.sampled_from(["/a", "/b"]), st.sampled_from(["maxItems", "enum"]), st.sampled_from("xy")
    ),
    max_size=8,
)


@given(OBSERVATIONS, OBSERVATIONS)
def test_the_counts_are_those_of_multisets_of_keys(
    before: list[Observation], after: list[Observation]
) -> None:
    found = compare(before, after)
    was, is_ = (Counter(o.key for o in observations) for observations in (before, after))
    assert Counter(o.key for o in found.introduced) == is_ - was
    assert Counter(o.key for o in found.fixed) == was - is_
    assert Counter(o.key for o in found.pre_existing) == is_ & was
    assert Counter(texts((*found.introduced, *found.pre_existing))) == Counter(texts(tuple(after)))
