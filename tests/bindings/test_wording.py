from __future__ import annotations

from collections.abc import Callable

import pytest

from dtgen.bindings.validator import Violation

Violations = Callable[[str], list[Violation]]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "/n: the required property reg is missing"),
        (
            "reg = <0>, <1>;",
            "/n: reg: reg has 2 entries, test/widget.yaml allows at most 1",
        ),
        (
            "reg = <0>; test,list = <1>;",
            "/n: test,list: test,list has 1 entry, test/widget.yaml allows at least 2",
        ),
        (
            "reg = <0>; test,list = <1 2 3 4>;",
            "/n: test,list: test,list has 4 entries, test/widget.yaml allows at most 3",
        ),
        ("reg = <0>; test,mode = <3>;", "/n: test,mode: test,mode: 3 is not one of [1, 2]"),
        (
            'reg = <0>; test,name = "A";',
            "/n: test,name: test,name: 'A' does not match '^[a-z]+$'",
        ),
        ("reg = <0>; zzz;", "/n: zzz: zzz: not known to test/widget.yaml"),
        (
            "reg = <0>; test,mod = <1>;",
            "/n: test,mod: test,mod: no binding defines this property (did you mean test,mode?)",
        ),
        ("reg = <0>; part { };", "/n/part: the required property test,size is missing"),
        (
            "reg = <0>; other { };",
            "/n/other: other: not known to test/widget.yaml",
        ),
    ],
)
def test_a_violation_names_the_property_and_the_binding(
    violations: Violations, body: str, message: str
) -> None:
    told = [
        f"{found.subject}: {found.message}" + (f" ({found.help})" if found.help else "")
        for found in violations(f'n {{ compatible = "test,widget"; {body} }};')
    ]
    assert told == [message]


def test_a_long_message_is_shortened_to_200_characters(violations: Violations) -> None:
    (found,) = violations(f'n {{ compatible = "test,widget"; reg = <0>; test,name = "{"A" * 300}"; }};')
    assert found.message == f"test,name: '{'A' * 198}…"
    assert found.original == f"'{'A' * 300}' does not match '^[a-z]+$'"


def test_a_property_of_the_wrong_type_is_not_called_unknown(violations: Violations) -> None:
    found = violations('n { compatible = "test,widget"; reg = <0>; test,name = <1>; };')
    assert not any("no binding defines" in violation.message for violation in found)
