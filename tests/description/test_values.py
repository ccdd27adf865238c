from __future__ import annotations

import pytest

from dtgen.description.values import Flag, Reference, Strings, Target
from dtgen.diagnostics import Location


@pytest.mark.parametrize(
    ("target", "is_path"), [("apps_smmu", False), ("/", True), ("/soc@0/iommu@15000000", True)]
)
def test_a_target_is_a_path_where_it_begins_with_a_slash(target: str, is_path: bool) -> None:
    assert Target(target, (), (), Location("b.yaml", 1)).is_path is is_path


def test_values_are_equal_by_what_they_say() -> None:
    assert {Flag(), Flag(), Strings(("a",)), Strings(("a",)), Reference("a")} == {
        Flag(),
        Strings(("a",)),
        Reference("a"),
    }
