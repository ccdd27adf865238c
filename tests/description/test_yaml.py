from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtgen.description import yaml
from dtgen.description.yaml import Document, Keys
from dtgen.diagnostics import Location
from dtgen.errors import Rejected, ToolError

Complaints = Callable[..., list[str]]
NO_MAPPING = "a description must be a mapping at the top (write lines of key: value, as in `name: carrier`)"


def parsed(text: str) -> Any:
    return yaml.parse(text, "b.yaml").data


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a:\n\tb: 1\n",
            "b.yaml:2:1: a tab where YAML wants spaces (indent with spaces)",
        ),
        ("a: 1\nb: 2\na: 3\n", "b.yaml:3:1: a is here twice (first in line 1) (keep one of them)"),
        ("a:\n  b: 1\n  b: 2\n", "b.yaml:3:3: b is here twice (first in line 2) (keep one of them)"),
        ("", "b.yaml: the file is empty (`dtgen new NAME` begins a description)"),
        ("# a comment\n", "b.yaml: the file is empty (`dtgen new NAME` begins a description)"),
        ("- a\n", f"b.yaml:1:1: {NO_MAPPING}"),
        ("\nhello\n", f"b.yaml:2:1: {NO_MAPPING}"),
        (
            "a: 1\n---\nb: 2\n",
            "b.yaml:2:1: a second document begins here (a file holds one description: remove this line, or "
            "move the rest to a file of its own)",
        ),
        ("a: 1\nb: *x\n", "b.yaml:2:4: found undefined alias 'x'"),
        ("a: 1\nb: !foo 1\n", "b.yaml:2:4: tags like !foo are not read (write the plain value)"),
        (
            "a: !!python/object:os.system x\n",
            "b.yaml:1:4: tags like tag:yaml.org,2002:python/object:os.system are not read"
            " (write the plain value)",
        ),
        (
            "a: !!binary aGk=\n",
            "b.yaml:1:4: tags like tag:yaml.org,2002:binary are not read (write the plain value)",
        ),
        ("a: 1\nb: 017\n", "b.yaml:2:4: 017 is decimal in YAML 1.2 (write 0x17 or 17)"),
        ("a: 09\n", "b.yaml:1:4: 09 is decimal in YAML 1.2 (write 0x9 or 9)"),
        ("a: 00\n", "b.yaml:1:4: 00 is decimal in YAML 1.2 (write 0x0 or 0)"),
        (
            "a: 1\nb: c: d\n",
            'b.yaml:2:4: the value of b has a colon in it (quote it: b: "c: d")',
        ),
        (
            "a: [1\n",
            "b.yaml:1:4: the [ that opens here is not closed (add ])",
        ),
        ("a: 'x\n", "b.yaml:1:4: the ' that opens here is not closed (add ')"),
        (
            "a: @x\n",
            "b.yaml:1:4: a plain text cannot begin with @ (put it in quotes)",
        ),
        ("a: 1\n? [b]\n: 2\n", "b.yaml:2:3: a key must be a word"),
        (
            "a: \x07\n",
            "b.yaml: unacceptable character #x0007: special characters are not allowed",
        ),
        ("a: &x [*x]\n", "b.yaml:1:4: nested more than 64 deep"),
        (f"a: {'[' * 65}x{']' * 65}\n", "b.yaml:1:68: nested more than 64 deep"),
        (f"a: {'[' * 5000}\n", "b.yaml: nested more than 64 deep"),
    ],
)
def test_a_text_that_is_no_description_is_refused_at_its_line(
    complaints: Complaints, text: str, message: str
) -> None:
    assert complaints(parsed, text) == [message]


def test_aliases_that_multiply_are_counted(complaints: Complaints) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert complaints(parsed, "\n".join(lines)) == [
        "b.yaml:1:37: more than 100000 entries once aliases are expanded"
    ]


def test_a_nesting_of_64_is_read() -> None:
    data = parsed(f"a: {'[' * 63}x{']' * 63}\n")["a"]
    for _ in range(63):
        (data,) = data
    assert data == "x"


@pytest.mark.parametrize(
    "text",
    [
        "a: !!int foo\n",
        "a: !!float foo\n",
        "a: !!map [1]\n",
        "a: !!map x\n",
        "a: !!seq {b: 1}\n",
        "a: -_\n",
        "a: 0x_\n",
        "a: ._\n",
        "%YAML 1.1\n---\na: 1:30\n",
    ],
)
def test_a_value_that_its_tag_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(Rejected):
        parsed(text)


@pytest.mark.parametrize("text", ["a: !!bool foo\n", "a: !!null foo\n", "%YAML 1.1\n---\na: yes\n"])
def test_a_value_is_not_turned_into_another_silently(text: str) -> None:
    with pytest.raises(Rejected):
        parsed(text)


def test_a_date_is_a_string() -> None:
    assert parsed("source: 2024-10-01\n") == {"source": "2024-10-01"}


def test_the_help_for_a_confusing_number_keeps_its_sign(complaints: Complaints) -> None:
    assert complaints(parsed, "a: -08\n") == ["b.yaml:1:4: -08 is decimal in YAML 1.2 (write -0x8 or -8)"]


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(Rejected):
        parsed('a: "\\ud800"\n')


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("1:30", "1:30"),
        ("0x1G", "0x1G"),
        ("0o8", "0o8"),
        ("'0x10'", "0x10"),
        ("!!str 5", "5"),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("31", 31),
        ("-5", -5),
        ("+5", 5),
        ("0x3000", 0x3000),
        ("0o17", 15),
        ("0xffffffffffffffffff", 0xFFFFFFFFFFFFFFFFFF),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".inf", math.inf),
        ("-.inf", -math.inf),
    ],
)
def test_scalars_are_those_of_yaml_1_2(scalar: str, value: object) -> None:
    read = parsed(f"a: {scalar}\n")["a"]
    assert (read, type(read)) == (value, type(value))


def test_not_a_number_is_a_float() -> None:
    assert math.isnan(parsed("a: .nan\n")["a"])


@pytest.mark.parametrize("scalar", [".Inf", ".INF", ".NaN", ".NAN"])
def test_capital_infinities_are_floats(scalar: str) -> None:
    assert isinstance(parsed(f"a: {scalar}\n")["a"], float)


def test_keys_are_words_however_they_look() -> None:
    assert parsed("1: a\ntrue: b\n0x10: c\n<<: d\n") == {"1": "a", "true": "b", "0x10": "c", "<<": "d"}


def test_an_alias_is_the_value_of_its_anchor() -> None:
    assert parsed("a: &x [1, 2]\nb: *x\n") == {"a": [1, 2], "b": [1, 2]}


def test_every_entry_has_its_place() -> None:
    read = yaml.parse("a:\n  b: [1, 2]\n  c:\n    - d: x\n", "b.yaml")
    assert dict(read.locations) == {
        (): Location("b.yaml", 1, 1),
        ("a",): Location("b.yaml", 1, 1),
        ("a", yaml.VALUE): Location("b.yaml", 2, 3),
        ("a", "b"): Location("b.yaml", 2, 3),
        ("a", "b", yaml.VALUE): Location("b.yaml", 2, 6),
        ("a", "b", 0): Location("b.yaml", 2, 7),
        ("a", "b", 1): Location("b.yaml", 2, 10),
        ("a", "c"): Location("b.yaml", 3, 3),
        ("a", "c", yaml.VALUE): Location("b.yaml", 4, 5),
        ("a", "c", 0): Location("b.yaml", 4, 7),
        ("a", "c", 0, "d"): Location("b.yaml", 4, 7),
        ("a", "c", 0, "d", yaml.VALUE): Location("b.yaml", 4, 10),
    }


def test_an_absent_entry_is_at_the_nearest_above() -> None:
    read = yaml.parse("x: 1\na:\n  b: 1\n", "b.yaml")
    assert read.location(("a", "c", 3, "d")) == Location("b.yaml", 2, 1)


def test_a_file_is_read_under_the_name_it_is_given(tmp_path: Path) -> None:
    file = tmp_path / "b.yaml"
    file.write_text("ä: ü\n", encoding="utf-8")
    read = yaml.read(file, "boards/b.yaml")
    assert (read.data, read.location(("ä",))) == ({"ä": "ü"}, Location("boards/b.yaml", 1, 1))


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "b.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert yaml.read(file, "b.yaml").data == {"a": 1}


def test_bytes_that_are_no_utf_8_are_named_with_their_line(tmp_path: Path, complaints: Complaints) -> None:
    file = tmp_path / "b.yaml"
    file.write_bytes(b"a: 1\nb: caf\xe9\n")
    assert complaints(yaml.read, file, "b.yaml") == ["b.yaml:2: not UTF-8: byte 0xe9"]


def test_a_file_of_more_than_a_mebibyte_is_refused(tmp_path: Path, complaints: Complaints) -> None:
    file = tmp_path / "b.yaml"
    file.write_text("#" * ((1 << 20) + 1))
    assert complaints(yaml.read, file, "b.yaml") == [
        "b.yaml: larger than 1024 KiB, the limit for a description"
    ]


def test_a_file_of_a_mebibyte_is_read(tmp_path: Path) -> None:
    file = tmp_path / "b.yaml"
    file.write_text("a: 1\n" + "#" * ((1 << 20) - 5))
    assert yaml.read(file, "b.yaml").data == {"a": 1}


def test_a_file_that_is_not_there_is_the_environments_fault(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"^cannot read b\.yaml: No such file or directory$"):
        yaml.read(tmp_path / "b.yaml", "b.yaml")


def test_a_directory_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"^cannot read b\.yaml: Is a directory$"):
        yaml.read(tmp_path, "b.yaml")


def reference(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2, word for word."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = reference(result.get(name), value)
    return result


def located(data: Any, file: str) -> Document:
    """Plain data as if it had been read from a file, one line for each entry."""
    locations: dict[Keys, Location] = {}

    def visit(value: Any, keys: Keys) -> None:
        locations[keys] = Location(file, len(locations) + 1)
        entries = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, inner in entries:
            visit(inner, (*keys, key))

    visit(data, ())
    return Document(data, locations)


names = st.sampled_from("abc")
values = st.recursive(
    st.none() | st.integers(0, 3) | st.sampled_from(["x", "y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
tops = st.dictionaries(names, values, max_size=3)


@given(tops, tops)
def test_patching_is_a_json_merge_patch(base: dict[str, Any], patch: dict[str, Any]) -> None:
    assert located(base, "base").patched(located(patch, "patch")).data == reference(base, patch)


def leaves(value: Any, keys: Keys = ()) -> dict[Keys, Any]:
    if not isinstance(value, dict):
        return {keys: value}
    return {
        found: leaf for key, inner in value.items() for found, leaf in leaves(inner, (*keys, key)).items()
    }


@given(tops, tops)
def test_a_patched_value_is_where_it_was_set(base: dict[str, Any], patch: dict[str, Any]) -> None:
    merged = located(base, "base").patched(located(patch, "patch"))
    set_by_patch = {keys for keys, value in leaves(patch).items() if value is not None}
    for keys in leaves(merged.data):
        if keys in set_by_patch:
            assert merged.location(keys) == located(patch, "patch").location(keys)
        elif keys in leaves(base):
            assert merged.location(keys) == located(base, "base").location(keys)


@given(tops, tops)
def test_patching_leaves_both_documents_as_they_are(base: dict[str, Any], patch: dict[str, Any]) -> None:
    old, new = located(base, "base"), located(patch, "patch")
    old.patched(new)
    assert (old, new) == (located(base, "base"), located(patch, "patch"))


def test_the_items_of_a_replaced_list_are_the_patchs() -> None:
    base = yaml.parse("a: [1, 2, 3]\n", "base.yaml")
    merged = base.patched(yaml.parse("x: 1\na: [4]\n", "patch.yaml"))
    assert merged.location(("a", 0)) == Location("patch.yaml", 2, 5)
    assert merged.location(("a", 2)) == Location("patch.yaml", 2, 1)


def test_a_removed_entry_has_no_place_any_more() -> None:
    base = yaml.parse("a:\n  b: 1\n", "base.yaml")
    merged = base.patched(yaml.parse("a:\n  b: null\n", "patch.yaml"))
    assert merged.location(("a", "b")) == Location("patch.yaml", 1, 1)


def test_data_is_written_with_hexadecimal_numbers() -> None:
    data = {"z": [["smmu", 0x3000, 0]], "a": {"b": True, "c": "yes", "d": None}, "e": ["x" * 21, "y"]}
    assert yaml.write(data) == (
        "z:\n  - [smmu, 0x3000, 0x0]\na:\n  b: true\n  c: 'yes'\n  d: null\ne:\n  - xxxxxxxxxxxxxxxxxxxxx\n  - 'y'\n"
    )


texts = st.text("ab:?#-,[]{}&*!|>'\"%@` \n")
written = st.recursive(texts | st.integers(-3, 3), lambda inner: st.lists(inner, max_size=3), max_leaves=6)


@given(st.dictionaries(st.text("ab:#- '\n", min_size=1), values | written))
def test_what_is_written_reads_the_same(data: dict[str, Any]) -> None:
    text = yaml.write(data)
    assert text == "{}\n" if not data else yaml.parse(text, "b.yaml").data == data


def test_a_next_line_character_is_written_so_that_it_reads_the_same() -> None:
    assert yaml.parse(yaml.write({"a": "x\x85y"}), "b.yaml").data == {"a": "x\x85y"}


def test_a_patch_is_merged_in_one_pass_over_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, within = [], yaml._is_within
    monkeypatch.setattr(yaml, "_is_within", lambda *a: looks.append(1) or within(*a))
    many = "".join(f"  d{n}: {{a: [{n}], b: null}}\n" for n in range(300))
    old, patch = (yaml.parse(f"{top}x:\n{many}", "f.yaml") for top in ("# old\n", ""))
    merged = old.patched(patch)
    assert len(merged.data["x"]) == 300
    assert merged.data["x"]["d7"] == {"a": [7]}
    assert merged.location(("x", "d7", "a", 0)).line == 9
    assert ("x", "d7", "b") not in merged.locations
    assert len(looks) <= 2 * len(old.locations)
