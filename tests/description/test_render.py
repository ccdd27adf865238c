from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dtgen.description import board as boards
from dtgen.description import render as source
from dtgen.description import template as templates
from dtgen.description import yaml
from dtgen.description.board import Board
from dtgen.description.render import OverlaySource
from dtgen.devicetree import blob
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Location
from dtgen.dts import compiler
from dtgen.errors import Rejected
from dtgen.project.layout import Finder

Load = Callable[..., Board]
Render = Callable[..., OverlaySource]
Built = Callable[..., Tree]
Complaints = Callable[..., list[str]]

FILTERS = "comment, quoted, cell, reference, property, node or tabs"
ONLY = "(templates format values and do nothing else)"
SEES = "(a template sees `board` and `targets`)"
ENDLESS = "(an overlay has some hundred lines: look for a loop inside of a loop)"


@pytest.fixture
def template(render: Render) -> Callable[[str], str]:
    """Render the smallest description with a template of its own."""

    def render_template(text: str) -> str:
        Path("templates/overlay.dtso.j2").write_text(text, encoding="utf-8")
        return render("").text

    return render_template


def test_the_text_has_the_form_of_the_kernels_overlays(render: Render, header: str) -> None:
    rendered = render(
        "streams: {adsp: {iommus: [[smmu, 0x3000, 0x0], [smmu, 0x3001, 0x400]]}}\n"
        "disable: {gpu: {why: w}}\n"
        "nodes:\n"
        "  - target: /reserved-memory\n"
        "    properties: {ranges: true}\n"
        "    children:\n"
        "      adsp@1000: {label: mem, properties: {reg: {cells: [0x1000, 0x10]}, names: [a, b]}}\n"
        "      x: {}\n",
        header.replace("license: MIT", "license: BSD-3-Clause, copyright: [X, Y]"),
    )
    assert rendered.name == "b-el2.dtso"
    assert rendered.text == (
        "// SPDX-License-Identifier: BSD-3-Clause\n"
        "/*\n"
        " * Copyright (c) X\n"
        " * Copyright (c) Y\n"
        " *\n"
        " * S\n"
        " */\n"
        "\n"
        "/dts-v1/;\n"
        "/plugin/;\n"
        "\n"
        "&{/reserved-memory} {\n"
        "\tranges;\n"
        "\n"
        "\tmem: adsp@1000 {\n"
        "\t\treg = <0x1000 0x10>;\n"
        '\t\tnames = "a", "b";\n'
        "\t};\n"
        "\n"
        "\tx {\n"
        "\t};\n"
        "};\n"
        "\n"
        "&adsp {\n"
        "\tiommus = <&smmu 0x3000 0x0>,\n"
        "\t\t <&smmu 0x3001 0x400>;\n"
        "};\n"
        "\n"
        "&gpu {\n"
        '\tstatus = "disabled";\n'
        "};\n"
    )


def test_two_renderings_are_equal(finder: Finder) -> None:
    board = boards.load("x1", finder)
    assert source.render(board, finder) == source.render(board, finder)


def test_each_line_of_the_text_is_led_back_to_its_entry(render: Render) -> None:
    rendered = render(
        "streams:\n"
        "  adsp:\n"
        "    iommus:\n"
        "      - [smmu, 0x3000, 0x0]\n"
        "      - [smmu, 0x3001, 0x0]\n"
        "disable:\n"
        "  gpu:\n"
        "    why: w\n"
        "nodes:\n"
        "  - target: soc\n"
        "    properties:\n"
        "      p: 1\n"
        "    children:\n"
        "      c:\n"
        "        properties:\n"
        "          q: x\n"
    )
    led = {rendered.line(number).strip(): where.line for number, where in rendered.spans.items()}
    assert led == {
        "&adsp {": 7,
        "iommus = <&smmu 0x3000 0x0>,": 9,
        "<&smmu 0x3001 0x0>;": 9,
        "&gpu {": 12,
        'status = "disabled";': 12,
        "&soc {": 15,
        "p = <0x1>;": 17,
        "c {": 19,
        'q = "x";': 21,
    }
    assert {where.file for where in rendered.spans.values()} == {"boards/b.yaml"}


def test_what_a_child_inherits_is_led_back_to_the_parents_file(own: Finder, header: str) -> None:
    Path("boards/b.yaml").write_text(f"{header}disable: {{a: {{why: w}}}}\n")
    Path("boards/c.yaml").write_text("name: c\nextends: b\nenable: {d: {why: w}}\n")
    rendered = source.render(boards.load("c", own), own)
    assert {
        rendered.line(number): where
        for number, where in rendered.spans.items()
        if "&" in rendered.line(number)
    } == {
        "&a {": Location("boards/b.yaml", 6, 11),
        "&d {": Location("boards/c.yaml", 3, 10),
    }


def test_an_unmarked_line_is_of_the_template_alone() -> None:
    first, second = Location("b.yaml", 7), Location("b.yaml", 9)
    rendered = OverlaySource("b.dtso", "a\nb\nc\nd\ne\n", {2: first, 4: second})
    assert [rendered.origin(line) for line in range(7)] == [
        None, None, first, None, second, None, None,
    ]  # fmt: skip


def test_a_line_of_the_text_or_nothing() -> None:
    rendered = OverlaySource("b.dtso", "a\nb\n", {})
    assert [rendered.line(number) for number in (-1, 0, 1, 2, 3)] == ["", "", "a", "b", ""]


def test_lines_are_counted_as_dtc_counts_them(render: Render, header: str) -> None:
    rendered = render("disable: {a: {why: w}}\n", header.replace("summary: S", 'summary: "S\\u2028T"'))
    assert [rendered.line(number) for number in rendered.spans] == ["&a {", '\tstatus = "disabled";']


def test_no_mark_is_left_in_the_text(finder: Finder) -> None:
    text = source.render(boards.load("lemans", finder), finder).text
    assert not [character for character in text if "\ue000" <= character <= "\uf8ff"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "\n{{ board.__class__.__mro__ | comment }}",
            "templates/overlay.dtso.j2:2: the sandbox forbids it: access to attribute '__class__' of "
            f"'Board' object is unsafe. {ONLY}",
        ),
        (
            "{{ board.title.ljust(1000000000) | comment }}",
            "templates/overlay.dtso.j2:1: the sandbox forbids it: access to attribute 'ljust' of "
            f"'str' object is unsafe. {ONLY}",
        ),
        (
            "{% do board.data.update({}) %}",
            "templates/overlay.dtso.j2:1: the sandbox forbids it: access to attribute 'update' of "
            f"'dict' object is unsafe. {ONLY}",
        ),
        (
            "\n\n{{ ('a' * 10) | comment }}",
            "templates/overlay.dtso.j2:3: the sandbox forbids it: * is for numbers, and ** is not there "
            f"at all {ONLY}",
        ),
        (
            "{{ 'a' * 10**9 }}",
            "templates/overlay.dtso.j2:1: the sandbox forbids it: ** is for numbers, and ** is not there "
            f"at all {ONLY}",
        ),
        (
            "{{ (2 ** 3) | cell }}",
            "templates/overlay.dtso.j2:1: the sandbox forbids it: ** is for numbers, and ** is not there "
            f"at all {ONLY}",
        ),
        (
            "{{ ('%1000000000d' % 5) | comment }}",
            "templates/overlay.dtso.j2:1: the sandbox forbids it: % is for numbers, and ** is not there "
            f"at all {ONLY}",
        ),
        (
            "\n{% for i in range(1000000000) %}x{% endfor %}",
            f"templates/overlay.dtso.j2:2: its loops run too often {ENDLESS}",
        ),
        (
            "{% for i in range(3000) %}\n{% for j in range(3000) %}\n{% endfor %}\n{% endfor %}",
            f"templates/overlay.dtso.j2:2: its loops run too often {ENDLESS}",
        ),
        (
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "templates/overlay.dtso.j2:1: a macro or an include calls itself without end",
        ),
        (
            "\n{{ board.title }}",
            "templates/overlay.dtso.j2:2: the sandbox forbids it: a str is written as it is; pass it "
            f"through a filter: {FILTERS} {ONLY}",
        ),
        (
            "{{ board.title | upper }}",
            "templates/overlay.dtso.j2:1: the sandbox forbids it: a str is written as it is; pass it "
            f"through a filter: {FILTERS} {ONLY}",
        ),
        (
            "{% for target in [1] %}{{ target }}{% endfor %}",
            "templates/overlay.dtso.j2:1: the sandbox forbids it: a int is written as it is; pass it "
            f"through a filter: {FILTERS} {ONLY}",
        ),
        (
            "{% import os %}",
            "templates/overlay.dtso.j2:1: expected token 'as', got 'end of statement block'",
        ),
        (
            "\n{{ board.nothing | comment }}",
            "templates/overlay.dtso.j2:2: 'dtgen.description.board.Board object' has no attribute "
            f"'nothing' {SEES}",
        ),
        ("\n{{ nothing.at_all }}", f"templates/overlay.dtso.j2:2: 'nothing' is undefined {SEES}"),
        ("{{ lipsum() }}", f"templates/overlay.dtso.j2:1: 'lipsum' is undefined {SEES}"),
        ("a\n{% if %}", "templates/overlay.dtso.j2:2: Expected an expression, got 'end of statement block'"),
        ("{{ board.title | center(9) }}", "templates/overlay.dtso.j2:1: No filter named 'center'."),
        (
            "\n{{ board.title | cell }}",
            "templates/overlay.dtso.j2:2: TypeError: 'str' object cannot be interpreted as an integer",
        ),
        (
            "{{ (1 // 0) | cell }}",
            "templates/overlay.dtso.j2:1: ZeroDivisionError: integer division or modulo by zero",
        ),
    ],
)
def test_what_a_template_may_not_do_is_told_at_its_line(
    template: Callable[[str], str], complaints: Complaints, text: str, message: str
) -> None:
    assert complaints(template, text) == [message]


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("{% include '/etc/passwd' %}", "/etc/passwd"),
        ("{% include '../boards/b.yaml' %}", "../boards/b.yaml"),
        ("{% import 'os' as os %}", "os"),
        ("{% extends 'base.j2' %}", "base.j2"),
    ],
)
def test_a_template_reaches_other_templates_alone(
    template: Callable[[str], str], own: Finder, complaints: Complaints, statement: str, missing: str
) -> None:
    assert complaints(template, statement) == [
        f"templates/overlay.dtso.j2: there is no template {missing} "
        f"(looked for in templates or {own.roots[1]}/templates)"
    ]


def test_more_than_four_mebibytes_are_refused(template: Callable[[str], str], complaints: Complaints) -> None:
    text = f"{{% for i in range(42) %}}{{{{ i | cell }}}}{'x' * 100_000}{{% endfor %}}"
    assert complaints(template, text) == [f"templates/overlay.dtso.j2:1: it writes more than 4 MiB {ENDLESS}"]


def test_less_than_four_mebibytes_are_written(template: Callable[[str], str]) -> None:
    assert len(template(f"{{% for i in range(41) %}}{'x' * 100_000}{{% endfor %}}")) == 4_100_000


@pytest.mark.parametrize(
    "text",
    [
        "{% set ns = 'aaaaaaaa' %}" + "{% set ns = ns ~ ns %}" * 20 + "{{ ns | length | cell }}",
        "{{ '{:>8000000}'.format(1) | length | cell }}",
        "{{ 'aaaa' | replace('a', 'b' | comment | replace('b', 'cccccccc')) | length | cell }}"
        + "{% set big = range(1000) | join('x' | comment) %}{{ range(4000) | join(big) | length | cell }}",
        "{{ [1] | tojson(indent=8000000) | length | cell }}",
    ],
    ids=["~", "str.format", "join", "tojson"],
)
def test_operators_and_filters_make_no_more_than_a_template_may_write(
    template: Callable[[str], str], text: str
) -> None:
    with pytest.raises(Rejected):
        template(text)


@pytest.mark.parametrize("value", ["board.title | safe", "board.title | e", "board.title | tojson"])
def test_only_dtgens_own_filters_make_a_text_that_may_be_written(
    template: Callable[[str], str], value: str
) -> None:
    with pytest.raises(Rejected):
        template(f"{{{{ {value} }}}}")


def test_an_undefined_variable_is_named(template: Callable[[str], str], complaints: Complaints) -> None:
    assert complaints(template, "\n{{ nothing }}") == [
        f"templates/overlay.dtso.j2:2: 'nothing' is undefined {SEES}"
    ]


@pytest.mark.parametrize("text", ["\ue0000\ue001", "\ue00099\ue001"])
def test_a_template_cannot_forge_a_mark(template: Callable[[str], str], text: str) -> None:
    with pytest.raises(Rejected):
        template(text)


def test_a_template_that_is_not_there(
    render: Render, complaints: Complaints, header: str, own: Finder
) -> None:
    changed = header.replace("summary: S", "summary: S, template: x.j2")
    assert complaints(render, "", changed) == [
        f"boards/b.yaml:5:73: there is no template x.j2 (looked for in templates or {own.roots[1]}/templates)"
    ]


def test_the_users_template_comes_before_the_built_in(template: Callable[[str], str]) -> None:
    assert template("mine: {{ board.title | comment }}\n") == "mine: B\n"


def test_a_template_can_include_the_built_in_one_of_another_name(render: Render, header: str) -> None:
    Path("templates/mine.j2").write_text("// mine\n{% include 'overlay.dtso.j2' %}")
    rendered = render(
        "disable: {a: {why: w}}\n", header.replace("summary: S", "summary: S, template: mine.j2")
    )
    assert rendered.text.startswith("// mine\n// SPDX-License-Identifier: MIT\n")
    assert rendered.text.endswith('&a {\n\tstatus = "disabled";\n};\n')


def test_a_template_sees_the_merged_data(template: Callable[[str], str]) -> None:
    assert template("{{ board.data.overlay.suffix | quoted }}\n") == '"el2"\n'


def test_the_filters(template: Callable[[str], str]) -> None:
    text = "{{ 'a*/b' | comment }}|{{ 'a\"b' | quoted }}|{{ 4096 | cell }}|{{ 2 | tabs }}|{{ 999 | tabs }}|"
    assert template(text) == 'a* /b|"a\\"b"|0x1000|\t\t|' + "\t" * 64 + "|"


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("S */ / { evil; }; /*", "S * / / { evil; }; /*"),
        ("S **// x", "S ** // x"),
        ("S \\", "S \\"),
        ("é ü 日本", "é ü 日本"),
        ("S\ue0000\ue001T", "S 0 T"),
        ("S\tT", "S T"),
    ],
)
def test_a_comment_cannot_be_left(built: Built, render: Render, line: str, written: str) -> None:
    lines = yaml.write({"summary": line, "copyright": [line]}).replace("\n", "\n  ").rstrip()
    description = (
        "name: b\ntitle: B\ncompatible: [x]\nfirmware: {pas_at_el2: true}\n"
        f"overlay:\n  name: b-el2\n  suffix: el2\n  license: MIT\n  {lines}\n"
        "enable: {a: {why: w}}\n"
    )
    assert f" * Copyright (c) {written}\n *\n * {written}\n */\n" in render("", description).text
    assert list(built("", description).nodes) == ["/", "/fragment@0", "/fragment@0/__overlay__"]


def compiled_value(load: Load, finder: Finder, text: str) -> dict[str, dict[str, bytes]]:
    """All that the overlay for one string holds, from the YAML to the blob."""
    escaped = "".join(f"\\U{ord(character):08x}" for character in text)
    board = load(f'nodes: [{{target: /, properties: {{p: "{escaped}"}}}}]\n')
    rendered = source.render(board, finder)
    compiled = compiler.compile_overlay(rendered.text, rendered.name, compiler.find_dtc())
    assert compiled.blob is not None, compiled.messages
    nodes = blob.read(compiled.blob, "b.dtbo").nodes
    return {
        path: {name: prop.value for name, prop in node.properties.items()} for path, node in nodes.items()
    }


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30))
@example('"; }; &x {')
@example("a\nb\r\nc\td")
@example("\\")
@example("\\\\n\\x41\\101")
@example('\\"')
@example("*/ /* //")
@example("\ue0000\ue001\uf8ff")
@example("é日本\U0001f600")
@example("\x01\x0c\x7f\x85\u2028")
@example("")
@example("{{ board }} {% x %} {# y #}")
@example("é1")
@example('/include/ "/etc/passwd"')
def test_any_text_arrives_in_the_blob_as_it_is(load: Load, own: Finder, text: str) -> None:
    assert compiled_value(load, own, text) == {
        "/": {},
        "/fragment@0": {"target-path": b"/\0"},
        "/fragment@0/__overlay__": {"p": text.encode() + b"\0"},
    }


@pytest.mark.parametrize(
    "text",
    [
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "".join(f"{{% for v{n} in (1, 2, 3, 4, 5, 6, 7, 8, 9) %}}" for n in range(15)) + "{% endfor %}" * 15,
        "{% set x = 3 %}" + "{% set x = x * x %}" * 60,
    ],
    ids=["a macro that calls itself", "loops in loops", "a large number"],
)
def test_a_template_that_takes_too_long_is_ended(
    template: Callable[[str], str], complaints: Complaints, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(templates, "SECONDS", 1)
    assert complaints(lambda: template(text)) == [
        "templates/overlay.dtso.j2: the template takes more than 1 s or 512 MiB "
        "(look for a macro that calls itself, or a loop inside of a loop)"
    ]


def test_a_template_that_takes_too_much_memory_is_ended(
    template: Callable[[str], str], complaints: Complaints
) -> None:
    lists = "".join(f"{{% set b{number} = a | list %}}" for number in range(20))
    assert complaints(lambda: template("{% set a = range(4000000) | list %}" + lists)) == [
        "templates/overlay.dtso.j2:1: it takes more than 512 MiB "
        "(look for a macro that calls itself, or a loop inside of a loop)"
    ]
