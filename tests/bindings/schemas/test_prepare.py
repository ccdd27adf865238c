from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.bindings import dtschema, validator
from dtgen.bindings.schemas import build, derive, prepare
from dtgen.bindings.schemas import file as schema_file
from dtgen.bindings.schemas.files import Memory
from dtgen.bindings.schemas.pack import Pack
from dtgen.bindings.schemas.prepare import SchemaSet
from dtgen.bindings.schemas.problem import SchemaProblem
from dtgen.errors import ToolError

Dtb = Callable[[str], bytes]

TREE = '/ { #address-cells = <1>; #size-cells = <0>; n { compatible = "test,widget"; reg = <0>, <1>; }; };'


@pytest.fixture
def directory(tmp_path: Path, widget: str) -> Path:
    made = tmp_path / "bindings"
    (made / "test").mkdir(parents=True)
    (made / "test/widget.yaml").write_text(widget)
    return made


def messages(prepared: SchemaSet, data: bytes) -> list[str]:
    """What a set says of the one widget of a tree."""
    engine = prepared.load()
    return [v.message for v in validator.validate(engine, validator.decode(engine, data), {"/n"})]


TOO_MANY = "reg has 2 entries, expected at most 1: <0x0>, <0x1>"


def test_a_prepared_set_validates(directory: Path, cache: Path, dtb: Dtb) -> None:
    prepared = prepare.prepare(directory, (), cache)
    assert prepared.problems == ()
    assert messages(prepared, dtb(TREE)) == [TOO_MANY]


def test_the_same_files_are_prepared_once(directory: Path, cache: Path) -> None:
    first = prepare.prepare(directory, (), cache)
    written = first.file.stat().st_mtime_ns
    calls: list[tuple[int, int]] = []
    second = prepare.prepare(directory, (), cache, lambda done, of: calls.append((done, of)))
    assert (second, second.file.stat().st_mtime_ns, calls) == (first, written, [])


def test_progress_counts_every_file(directory: Path, cache: Path) -> None:
    calls: list[tuple[int, int]] = []
    prepare.prepare(directory, (), cache, lambda done, of: calls.append((done, of)))
    files = 1 + len(list(dtschema.core_schemas().rglob("*.yaml")))
    assert calls == [(done, files) for done in range(1, files + 1)]


def test_a_changed_file_is_prepared_again(directory: Path, cache: Path, dtb: Dtb, widget: str) -> None:
    first = prepare.prepare(directory, (), cache)
    (directory / "test/widget.yaml").write_text(widget.replace("maxItems: 1", "maxItems: 2", 1))
    second = prepare.prepare(directory, (), cache)
    assert second.file != first.file
    assert messages(second, dtb(TREE)) == []


def test_a_set_that_was_there_before_a_change_is_still_there(
    directory: Path, cache: Path, widget: str
) -> None:
    first = prepare.prepare(directory, (), cache)
    (directory / "test/widget.yaml").write_text(widget.replace("maxItems: 1", "maxItems: 2", 1))
    prepare.prepare(directory, (), cache)
    (directory / "test/widget.yaml").write_text(widget)
    calls: list[tuple[int, int]] = []
    assert prepare.prepare(directory, (), cache, lambda done, of: calls.append((done, of))) == first
    assert calls == []


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xfe"])
def test_a_damaged_set_is_prepared_again(directory: Path, cache: Path, dtb: Dtb, damage: bytes) -> None:
    first = prepare.prepare(directory, (), cache)
    first.file.write_bytes(damage)
    second = prepare.prepare(directory, (), cache)
    assert second == first
    assert messages(second, dtb(TREE)) == [TOO_MANY]


def test_a_set_with_a_damaged_schema_is_no_bug_and_prepared_again(
    directory: Path, cache: Path, dtb: Dtb
) -> None:
    first = prepare.prepare(directory, (), cache)
    data = bytearray(first.file.read_bytes())
    data[data.index(b'"maxItems":1')] ^= 1
    first.file.write_bytes(data)
    said = f"the prepared bindings in {first.file} were damaged"
    with pytest.raises(ToolError, match=re.escape(said)):
        messages(prepare.prepare(directory, (), cache), dtb(TREE))
    assert messages(prepare.prepare(directory, (), cache), dtb(TREE)) == [TOO_MANY]


def test_a_damaged_set_is_no_beginning_of_another(directory: Path, cache: Path, dtb: Dtb) -> None:
    first = prepare.prepare(directory, (), cache)
    data = bytearray(first.file.read_bytes())
    data[-2] ^= 1
    first.file.write_bytes(data)
    (directory / "broken.yaml").write_text("a: [")
    assert messages(prepare.prepare(directory, (), cache), dtb(TREE)) == [TOO_MANY]


def test_a_set_that_is_cut_short_is_prepared_again(directory: Path, cache: Path, dtb: Dtb) -> None:
    first = prepare.prepare(directory, (), cache)
    whole = first.file.read_bytes()
    for size in (1, 16, 20, 30, len(whole) // 2, len(whole) - 1):
        first.file.write_bytes(whole[:size])
        assert messages(prepare.prepare(directory, (), cache), dtb(TREE)) == [TOO_MANY]


def test_a_set_with_a_wrong_byte_is_prepared_again(directory: Path, cache: Path, dtb: Dtb) -> None:
    first = prepare.prepare(directory, (), cache)
    whole = first.file.read_bytes()
    for at in (0, 17, 22, 100, len(whole) // 2, len(whole) - 1):
        first.file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert messages(prepare.prepare(directory, (), cache), dtb(TREE)) == [TOO_MANY]


def test_a_replacement_stands_in_for_the_schema_of_its_id(
    directory: Path, cache: Path, tmp_path: Path, dtb: Dtb, widget: str
) -> None:
    replacement = tmp_path / "mine.yaml"
    replacement.write_text(widget.replace("maxItems: 1", "maxItems: 2", 1))
    prepared = prepare.prepare(directory, (replacement,), cache)
    assert messages(prepared, dtb(TREE)) == []
    assert messages(prepare.prepare(directory, (), cache), dtb(TREE)) == [TOO_MANY]


def test_a_schema_that_cannot_be_used_does_not_stop_the_others(
    directory: Path, cache: Path, dtb: Dtb
) -> None:
    broken = directory / "broken.yaml"
    broken.write_text("a: 1\nb: [\n")
    prepared = prepare.prepare(directory, (), cache)
    assert prepared.problems == (
        SchemaProblem(str(broken), 3, "expected the node content, but found '<stream end>'"),
    )
    assert prepare.prepare(directory, (), cache).problems == prepared.problems
    assert messages(prepared, dtb(TREE)) == [TOO_MANY]


@pytest.mark.parametrize("text", ["", "- a\n", "just a text\n", "$id: 5\n"])
def test_a_file_that_is_no_schema_at_all_is_one_problem(directory: Path, cache: Path, text: str) -> None:
    (directory / "other.yaml").write_text(text)
    problems = prepare.prepare(directory, (), cache).problems
    assert [problem.file for problem in problems] == [str(directory / "other.yaml")]


def test_a_directory_without_schemas_is_no_set(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(ToolError) as raised:
        prepare.prepare(tmp_path, (), cache)
    assert (str(raised.value), raised.value.remedy) == (
        f"there is no schema (*.yaml) below {tmp_path}",
        "give a directory of bindings",
    )


def test_a_cache_that_cannot_be_made_is_the_environments_fault(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(ToolError) as raised:
        prepare.prepare(directory, (), tmp_path / "cache")
    assert (str(raised.value), raised.value.remedy) == (
        f"cannot make the directory {tmp_path}/cache/schemas: Not a directory",
        "set DTGEN_CACHE to a directory that can be written, or use --no-cache",
    )


def test_what_is_unchanged_is_not_processed_again(
    directory: Path, cache: Path, dtb: Dtb, widget: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (directory / "test/gadget.yaml").write_text(widget.replace("widget", "gadget"))
    prepare.prepare(directory, (), cache)
    processed: list[str] = []
    process = schema_file.process
    monkeypatch.setattr(
        schema_file, "process", lambda file, name: (processed.append(name), process(file, name))[1]
    )
    (directory / "test/widget.yaml").write_text(widget.replace("maxItems: 1", "maxItems: 2", 1))
    changed = prepare.prepare(directory, (), cache)
    assert processed == ["test/widget.yaml"]
    assert messages(changed, dtb(TREE)) == []
    anew = prepare.prepare(directory, (), cache / "other")
    ours, theirs = (json.loads(made.processed()) for made in (changed, anew))
    assert ours == theirs
    assert list(ours) == list(theirs)


GADGET = """\
$id: http://devicetree.org/schemas/test/gadget.yaml#
$schema: http://devicetree.org/meta-schemas/core.yaml#
title: Gadget
maintainers: [A <a@example.org>]
select: true
allOf:
  - $ref: widget.yaml#
properties:
  test,count:
    $ref: /schemas/types.yaml#/definitions/uint8
additionalProperties: true
"""


def write(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(directory: Path) -> None:
        text = (directory / name).read_text()
        assert old in text
        (directory / name).write_text(text.replace(old, new, 1))

    return change


def add(name: str, text: str) -> Callable[[Path], None]:
    return lambda directory: (directory / name).write_text(text) and None


CHANGES = {
    "nothing-but-a-comment": write("test/widget.yaml", "---", "---\n# another"),
    "a-limit": write("test/widget.yaml", "maxItems: 1", "maxItems: 3"),
    "a-type": write("test/widget.yaml", "definitions/uint32\n", "definitions/string\n"),
    "what-a-condition-depends-on": write("test/widget.yaml", "  test,list:", "  test,more:"),
    "a-compatible": write("test/widget.yaml", "test,widget", "test,wadget"),
    "another-id": write("test/widget.yaml", "test/widget.yaml", "test/other.yaml"),
    "an-id-that-is-taken": write("test/widget.yaml", "test/widget.yaml", "test/gadget.yaml"),
    "one-more": add("a.yaml", GADGET.replace("gadget", "a").replace("uint8", "string")),
    "one-less": lambda directory: (directory / "test/widget.yaml").unlink(),
    "one-that-is-broken": add("test/widget.yaml", "a: ["),
    "one-that-is-mended": add("broken.yaml", GADGET.replace("gadget", "broken")),
    "another-one-that-refers-to-nothing": add(
        "a.yaml",
        GADGET.replace("gadget", "a").replace("/schemas/types.yaml#/definitions/uint8", "'#/$defs/no'"),
    ),
    "one-that-refers-to-a-type-of-nothing": add(
        "a.yaml",
        GADGET.replace("gadget", "a").replace("types.yaml#/definitions/uint8", "b.yaml#/properties/no"),
    ),
    "a-replacement": write("../mine.yaml", "maxItems: 1", "maxItems: 4"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_change_cannot_alter_is_not_derived_again(
    directory: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (directory / "test/gadget.yaml").write_text(GADGET)
    (directory / "broken.yaml").write_text("a: [")
    (directory.parent / "mine.yaml").write_text("maxItems: 1")
    prepare.prepare(directory, (), cache)
    CHANGES[name](directory)
    derived: list[str] = []
    again = derive.derive
    monkeypatch.setattr(derive, "derive", lambda *some: (derived.append(name), again(*some))[1])
    prepare.prepare(directory, (), cache)
    unaltered = {"nothing-but-a-comment", "a-limit", "another-one-that-refers-to-nothing", "a-replacement"}
    assert bool(derived) == (name not in unaltered)


@pytest.mark.parametrize("name", CHANGES)
def test_a_set_after_a_change_is_the_set_made_anew(
    directory: Path, cache: Path, tmp_path: Path, widget: str, name: str
) -> None:
    def made(cache: Path) -> Pack:
        prepared = prepare.prepare(directory, replacements, cache)
        assert json.loads(prepared.processed())
        return Pack(prepared.file)

    (tmp_path / "mine.yaml").write_text(widget)
    (directory / "test/gadget.yaml").write_text(GADGET)
    (directory / "broken.yaml").write_text("a: [")
    replacements = (tmp_path / "mine.yaml",) if name == "a-replacement" else ()
    first = made(cache)
    CHANGES[name](directory)
    for anew in (made(cache / "other"), first):
        again = made(cache)
        assert again.index == anew.index
        assert list(again.records().items()) == list(anew.records().items())
        assert again.digests() == anew.digests()
        # and back
        (directory / "a.yaml").unlink(missing_ok=True)
        (directory / "test/widget.yaml").write_text(widget)
        (directory / "broken.yaml").write_text("a: [")
        (tmp_path / "mine.yaml").write_text(widget)
        for file in cache.glob("schemas/*.schemas"):
            if file.stem != Memory(cache / "schemas", directory).last:
                file.unlink()


@pytest.mark.parametrize(
    ("type_", "line", "message"),
    [
        ("$ref: '#/$defs/none'", 10, "#/$defs/none leads nowhere"),
        ("items: {$ref: '#/properties/test,none'}", 10, "#/properties/test,none leads nowhere"),
        (
            "$ref: '#/allOf/0'",
            None,
            "dtschema fails: TypeError: list indices must be integers or slices, not str",
        ),
        (
            "$ref: b.yaml#/properties/none",
            None,
            "a type is that of the property none, which no schema defines",
        ),
    ],
)
def test_a_reference_that_dtschema_fails_over_is_told(
    directory: Path, cache: Path, dtb: Dtb, type_: str, line: int | None, message: str
) -> None:
    gadget = directory / "test/gadget.yaml"
    gadget.write_text(GADGET.replace("$ref: /schemas/types.yaml#/definitions/uint8", type_))
    prepared = prepare.prepare(directory, (), cache)
    assert prepared.problems == (SchemaProblem(str(gadget), line, message),)
    assert messages(prepared, dtb(TREE)) == [TOO_MANY]


def test_processes_that_race_get_the_same_set(directory: Path, cache: Path, dtb: Dtb) -> None:
    code = (
        "import sys, pathlib\n"
        "from dtgen.bindings.schemas import prepare as store\n"
        "print(store.prepare(pathlib.Path(sys.argv[1]), (), pathlib.Path(sys.argv[2])).file)\n"
    )
    racing = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(directory), str(cache)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(prepare.__file__).parents[2],
        )
        for _ in range(2)
    ]
    printed = [process.communicate()[0] for process in racing]
    assert [process.returncode for process in racing] == [0, 0]
    prepared = prepare.prepare(directory, (), cache)
    assert printed == [f"{prepared.file}\n"] * 2
    suffixes = {file.suffix for file in prepared.file.parent.iterdir()}
    assert suffixes - {".seen"} == {".digests", ".schemas"}
    assert messages(prepared, dtb(TREE)) == [TOO_MANY]


def test_what_is_changed_while_it_is_read_is_read_again(
    directory: Path, cache: Path, dtb: Dtb, widget: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept is always of the content that it is called by."""
    file, process = directory / "test/widget.yaml", schema_file.process
    wider = widget.replace("maxItems: 1", "maxItems: 2", 1)

    def changed(path: str, name: str) -> object:
        if path == str(file):
            file.write_text(wider)
        return process(path, name)

    monkeypatch.setattr(schema_file, "process", changed)
    prepared = prepare.prepare(directory, (), cache)
    assert messages(prepared, dtb(TREE)) == []
    assert prepared.key == prepare.key(directory, (), cache)
    monkeypatch.setattr(schema_file, "process", process)
    file.write_text(widget)
    assert messages(prepare.prepare(directory, (), cache), dtb(TREE)) == [TOO_MANY]


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), MemoryError("no room")])
def test_what_is_no_fault_of_a_schema_is_not_kept_as_one(
    directory: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(path: str, name: str) -> object:
        raise error

    monkeypatch.setattr(schema_file, "process", fail)
    with pytest.raises(ToolError) as raised:
        prepare.prepare(directory, (), cache)
    assert str(raised.value) == f"cannot prepare {directory}: {error}"
    assert not list(cache.rglob("*.schemas"))


def test_a_process_that_dies_does_not_take_schemas_with_it(
    directory: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_PARALLEL_FROM", 1)
    monkeypatch.setattr(schema_file, "process", lambda path, name: os._exit(1))
    with pytest.raises(ToolError, match=r"a process ended without a word at test/widget\.yaml or soon after"):
        prepare.prepare(directory, (), cache)


def test_another_checkout_is_not_read_again(
    directory: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prepare.prepare(directory, (), cache)
    other = tmp_path / "other"
    shutil.copytree(directory, other)
    one, more = other / "test/widget.yaml", other / "test/gadget.yaml"
    more.write_text(one.read_text().replace("widget", "gadget"))
    processed: list[str] = []
    process = schema_file.process
    monkeypatch.setattr(prepare, "_MANY", 1)
    monkeypatch.setattr(
        schema_file, "process", lambda path, name: processed.append(name) or process(path, name)
    )
    second = prepare.prepare(other, (), cache)
    assert processed == ["test/gadget.yaml"] and second.schemas == first.schemas + 1
    assert json.loads(second.processed()) == json.loads(
        prepare.prepare(other, (), tmp_path / "new").processed()
    )


def test_a_set_that_is_used_is_not_the_one_that_was_not_used_for_longest(
    directory: Path, cache: Path
) -> None:
    prepared = prepare.prepare(directory, (), cache)
    os.utime(prepared.file, (1, 1))
    prepare.prepare(directory, (), cache)
    assert prepared.file.stat().st_mtime > 1
