"""What cpp says, with a column and without; see tests/mistakes/overlay for what a person sees of it."""

from __future__ import annotations

import pytest

from dtgen.dts.preprocessor import mistake

CIRCLE = """\
In file included from b.h:1,
                 from a.dtso:3:
./a.dtso:3:15: error: #include nested depth 200 exceeds maximum of 200 (use -fmax-include-depth=DEPTH)
"""


@pytest.mark.parametrize(
    "said, shown, help",
    [
        ("a.dtso:3: error: unterminated #ifdef\n", "a.dtso:3: unterminated #ifdef", "add #endif"),
        ("a.dtso:3:1: error: unterminated comment\n", "a.dtso:3:1: unterminated comment", "add */"),
        (
            'a.dtso:5:4: error: unterminated argument list invoking macro "G"\n',
            'a.dtso:5:4: unterminated argument list invoking macro "G"', "add )",
        ),
        (
            "a.dtso:3:2: error: #else without #if\n",
            "a.dtso:3:2: #else without #if", "remove it, or write the #if above it",
        ),
        (
            "a.dtso:3:10: fatal error: b.h: No such file or directory\ncompilation terminated.\n",
            "a.dtso:3:10: b.h: No such file or directory", "give it with -I",
        ),
        ("a.dtso:4:8: error: operator '+' has no right operand\n",
         "a.dtso:4:8: operator '+' has no right operand", ""),
        (CIRCLE, "./a.dtso:3: ./a.dtso includes itself through b.h", "remove this line"),
        (CIRCLE.replace("from b.h:1", "from a.dtso:3"), "./a.dtso:3: ./a.dtso includes itself",
         "remove this line"),
    ],
)  # fmt: skip
def test_an_error_has_the_help_of_its_cause(said: str, shown: str, help: str) -> None:
    found = mistake(said, "give it with -I")
    assert found is not None
    assert (f"{found.location}: {found.message}", found.help) == (shown, help)


def test_what_is_no_error_is_none() -> None:
    assert mistake("a.dtso:3: warning: x\ncpp: out of memory\n", "") is None
