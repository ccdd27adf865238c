"""From what dtc says of a preprocessed source back to what a person wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from dtgen.diagnostics import Location
from dtgen.dts import compiler, places
from dtgen.dts.preprocessed import Preprocessed, headers, undefined
from dtgen.dts.scan import scan
from dtgen.errors import Rejected

HEAD = "/dts-v1/;\n/plugin/;\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def source(text: str, *include: Path) -> Preprocessed:
    Path("a.dtso").write_text(HEAD + text)
    return Preprocessed.of(Path("a.dtso"), include)


def blob(text: str, *include: Path) -> bytes:
    compiled = source(text, *include).overlay(compiler.find_dtc())
    assert compiled.blob, compiled.messages
    return compiled.blob


def error(text: str) -> str:
    compiled = source(text).overlay(compiler.find_dtc())
    return str(compiled.errors[0].location)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("&a {\n\tb = <1 x>;\n};\n", "a.dtso:4:9"),
        ("&a {\n\tb = <1>; /* one */\t/* two */ c = <x>;\n};\n", "a.dtso:4:36"),
        ("#define ONE 1 + 1\n&a {\n\tb = <(ONE) x>;\n};\n", "a.dtso:5:13"),
    ],
    ids=["a tab", "comments", "a macro before it"],
)
def test_the_column_is_that_of_the_source(text: str, place: str) -> None:
    assert error(text) == place


def test_what_a_macro_wrote_has_a_line_and_no_column() -> None:
    assert error("#define BAD <1 x>, <1>\n&a {\n\tb = BAD, <2>;\n};\n") == "a.dtso:5"


def test_a_mistake_in_an_included_file_stands_there() -> None:
    Path("b.dtsi").write_text("&b {\n\tc = <x>;\n};\n")
    assert error('#include "b.dtsi"\n') == "b.dtsi:2:7"


def test_positions_have_the_columns_of_the_source() -> None:
    found = source("&a {\n\t/* c */ b = <1>;\n};\n").positions(compiler.find_dtc())
    assert found["/fragment@0/__overlay__", "b"] == Location("a.dtso", 4, 10)


@pytest.mark.parametrize("wanted", ['/include/ "in/x"', 'data = /incbin/("in/x");'])
def test_dtc_looks_beside_the_source_and_along_the_directories(tmp_path: Path, wanted: str) -> None:
    text = f"&{{/}} {{\n\t{wanted}\n}};\n"
    for top in ("", "else"):
        (tmp_path / top / "in").mkdir(parents=True)
    (tmp_path / "else/in/x").write_text("else { };")
    assert b"else" in blob(text, tmp_path / "else")
    (tmp_path / "in/x").write_text("here { };")
    assert b"here" in blob(text, tmp_path / "else")


def test_what_is_not_found_can_be_given() -> None:
    with pytest.raises(Rejected) as refused:
        source('#include "none.dtsi"\n')
    (found,) = refused.value.diagnostics
    assert str(found.location) == "a.dtso:3:10"
    assert found.message == "none.dtsi: No such file or directory"
    assert found.help == "give its directory with -I DIR, or the kernel tree with --kernel DIR"


@pytest.mark.parametrize(
    ("text", "column", "name"),
    [
        ("\ta = <ONE 2>;", 7, "ONE"),
        ("\ta = <(1 | ONE)>;", 12, "ONE"),
        ("\ta = ONE;", 6, "ONE"),
        ("\ta = <1> b = <2>;", 10, None),
        ('\ta = "1" b;', 10, None),
        ("\ta = <1 b = <2>;", 9, None),
        ("\tONE;", 2, None),
        ("\ta = <1 ! 2>;", 9, None),
    ],
)
def test_a_name_that_is_no_macro(text: str, column: int, name: str | None) -> None:
    assert undefined(text, Location("a.dtso", 1, column)) == name


def test_the_headers_of_a_macro(tmp_path: Path) -> None:
    for name, text in (
        ("z.h", "#define ONE 1\n"),
        ("sub/a.h", "# define ONE\t1\n"),
        ("no.h", "#define ONES 1\n"),
    ):
        file = tmp_path / "dt-bindings" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert list(headers("ONE", (tmp_path / "none", tmp_path))) == ["dt-bindings/sub/a.h", "dt-bindings/z.h"]


def test_the_whole_source_has_what_dtc_includes() -> None:
    Path("in").mkdir()
    Path("in/b.dtsi").write_text('&b { };\n/include/ "c.dtsi"\n/* /include/ "none" */\n')
    Path("in/c.dtsi").write_text("&c { /delete-property/ d; };\n")
    found = source('&a { };\n/include/ "in/b.dtsi"\n&e { };\n')
    scanned = scan(found.whole)
    origins = places.origins(found.whole, found.name)
    assert [(mention.text, str(origins[mention.line - 1])) for mention in scanned.fragments] == [
        ("&a", "a.dtso:3"),
        ("&b", "in/b.dtsi:1"),
        ("&c", "in/c.dtsi:1"),
        ("&e", "a.dtso:5"),
    ]
    assert [str(origins[mention.line - 1]) for mention in scanned.deletes] == ["in/c.dtsi:1"]


def test_a_file_that_includes_itself_has_an_end() -> None:
    Path("b.dtsi").write_text('/include/ "b.dtsi"\n' * 2)
    found = source('/include/ "b.dtsi"\n')
    assert found.whole
    with pytest.raises(Rejected):
        found.overlay(compiler.find_dtc())


@pytest.mark.parametrize("name", ["a.dtso", "sub/b.dtso", 'sub/with "quotes" and \\.dtso'])
def test_a_text_counts_for_the_content_of_its_file(tmp_path: Path, name: str) -> None:
    """It includes what lies beside the file, whatever lies elsewhere, and stands where the file does."""
    text = b'/dts-v1/;\n/plugin/;\n#include "x.h"\n&a { b = X; file = __FILE__; };\n&c { d = <,>; };\n'
    file = Path(name)
    file.parent.mkdir(exist_ok=True)
    Path("x.h").write_text("#define X <1>\n")
    (file.parent / "x.h").write_text("#define X <2>\n")
    (tmp_path / "later").mkdir()
    (tmp_path / "later/x.h").write_text("#define X <3>\n")
    file.write_bytes(text)
    dtc, include = compiler.find_dtc(), (tmp_path / "later",)
    read, said = (Preprocessed.of(file, include, one).overlay(dtc).messages for one in (None, text))
    assert read == said
    assert [str(message.location).startswith(f"{name}:5") for message in said] == [True]
    right = text.replace(b"<,>", b"<>")
    given = Preprocessed.of(file, include, right).overlay(dtc).blob
    file.write_bytes(right)
    assert given == Preprocessed.of(file, include).overlay(dtc).blob
