"""What dt-validate's options leave out, and what is said of it."""

from __future__ import annotations

import pytest

from dtgen.bindings.scope import EVERYTHING, Scope, within

ADSP = "http://devicetree.org/schemas/remoteproc/qcom,adsp.yaml"


@pytest.mark.parametrize(
    ("limit", "admitted"),
    [
        ((), True),
        (("remoteproc",), True),
        (("qcom,adsp.yaml",), True),
        (("iommu", "adsp"), True),
        (("",), True),
        (("iommu",), False),
        (("Remoteproc",), False),
        (("remoteproc:adsp",), False),
        (("adsp.yaml#",), False),
    ],
)
def test_a_schema_is_asked_that_has_a_part_of_the_limit_in_its_id(
    limit: tuple[str, ...], admitted: bool
) -> None:
    assert Scope(limit).admits(ADSP) == admitted


@pytest.mark.parametrize(
    ("scope", "notes"),
    [
        (EVERYTHING, ()),
        (Scope(show_unmatched=True), ()),
        (Scope(("a",)), ("only schemas with a in their $id were asked: no other one, no rule and none of dtc's checks",)),
        (
            Scope(("a", "b"), show_unmatched=True),
            ("only schemas with a or b in their $id were asked: no other one, no rule and none of dtc's checks",),
        ),
        (
            Scope(compatible_match=True),
            (
                "only the schema of each node's most specific compatible was asked: "
                "no other one, no rule and none of dtc's checks",
            ),
        ),
        (
            Scope(("a",), compatible_match=True),
            (
                "only the schema of each node's most specific compatible was asked, where a is in its $id: "
                "no other one, no rule and none of dtc's checks",
            ),
        ),
    ],
)  # fmt: skip
def test_what_is_left_out_is_told(scope: Scope, notes: tuple[str, ...]) -> None:
    assert scope.notes == notes
    assert scope.is_partial == bool(notes)


@pytest.mark.parametrize(
    ("file", "directory", "found"),
    [
        ("remoteproc/a.yaml", "", "remoteproc/a.yaml"),
        ("Documentation/devicetree/bindings/a.yaml", "./Documentation/devicetree/bindings", "a.yaml"),
        ("Documentation/devicetree/bindings/a.yaml", "/src/Documentation/devicetree/bindings", "a.yaml"),
        ("a", "b/c", "a"),
    ],
)
def test_a_limit_of_kbuild_is_a_file_below_a_directory(file: str, directory: str, found: str) -> None:
    """`.` is taken off nothing, since it begins no name of a directory."""
    assert within(file, directory) == found
