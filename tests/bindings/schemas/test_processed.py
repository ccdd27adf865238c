"""Sets that dtschema prepares."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.bindings import dtschema
from dtgen.bindings.schemas import processed
from dtgen.bindings.schemas.problem import SchemaProblem
from dtgen.errors import ToolError


def messages(made: processed.ProcessedSet, **properties: object) -> list[str]:
    node = {"compatible": ["test,widget"], **properties}
    return [error.message for error in made.load().errors(node, "widget", False)]


def test_a_set_is_prepared_once(directory: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = processed.prepare(directory, (), cache)
    assert messages(made) == ["'reg' is a required property"]
    monkeypatch.setattr(dtschema, "prepared", None)
    assert processed.prepare(directory, (), cache) == made


def test_a_changed_file_and_another_release_make_another_set(
    directory: Path, cache: Path, widget: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = processed.prepare(directory, (), cache)
    (directory / "widget.yaml").write_text(widget.replace("required: [compatible, reg]", ""))
    second = processed.prepare(directory, (), cache)
    assert messages(second) == []
    monkeypatch.setattr(dtschema, "version", {"dtschema": "2027.1", "jsonschema": "5.0"}.__getitem__)
    monkeypatch.setattr(dtschema, "prepared", lambda files: (b"{}", []))
    third = processed.prepare(directory, (), cache)
    assert len({made.key for made in (first, second, third)}) == 3


def test_a_damaged_set_is_prepared_again(directory: Path, cache: Path) -> None:
    made = processed.prepare(directory, (), cache)
    (file,) = (cache / "schemas").glob("*.processed")
    file.write_bytes(file.read_bytes()[:-1])
    assert processed.prepare(directory, (), cache) == made


def test_a_replacement_stands_in_for_the_schema_of_its_id(
    directory: Path, cache: Path, tmp_path: Path, widget: str
) -> None:
    (tmp_path / "other.yaml").write_text(widget.replace("maxItems: 1", "maxItems: 2", 1))
    reg = [[0], [1]]
    assert messages(processed.prepare(directory, (), cache), reg=reg) == [f"{reg} is too long"]
    assert messages(processed.prepare(directory, (tmp_path / "other.yaml",), cache), reg=reg) == []


def test_a_schema_that_cannot_be_used_does_not_stop_the_others(
    directory: Path, cache: Path, widget: str
) -> None:
    (directory / "broken.yaml").write_text("title: [")
    (directory / "wrong.yaml").write_text(widget.replace("title: Widget", "title: 5"))
    made = processed.prepare(directory, (), cache)
    assert set(made.problems) == {
        SchemaProblem(str(directory / "broken.yaml"), None, "error parsing file"),
        SchemaProblem(str(directory / "wrong.yaml"), None, "error in schema: title"),
    }
    assert processed.prepare(directory, (), cache).problems == made.problems
    assert messages(made) == ["'reg' is a required property"]


def test_what_dtschema_fails_at_is_told(directory: Path, cache: Path, widget: str) -> None:
    (directory / "wrong.yaml").write_text(
        widget.replace("widget", "gadget").replace(
            "properties:\n", "patternProperties:\n  '[a': {type: string}\nproperties:\n", 1
        )
    )
    with pytest.raises(ToolError) as raised:
        processed.prepare(directory, (), cache)
    assert f"dtschema {dtschema.version()} cannot prepare {directory}: " in str(raised.value)


def test_a_directory_without_schemas_is_no_set(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(ToolError, match=r"there is no schema \(\*\.yaml\) below"):
        processed.prepare(tmp_path, (), cache)


@pytest.mark.parametrize("text", ["", "no", "[]", '{"a": 5}', '{"version": "1"}'])
def test_a_file_that_is_no_processed_schema_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "file.json").write_text(text)
    with pytest.raises(ToolError) as raised:
        processed.read(tmp_path / "file.json").load()
    assert str(raised.value) == (
        f"dtschema {dtschema.version()} does not take {tmp_path / 'file.json'} for a processed schema"
    )


def test_where_dtschema_fails_there_is_no_answer(
    directory: Path, cache: Path, dtb: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = processed.prepare(directory, (), cache).load()

    def fail(*_: object) -> None:
        raise LookupError("nowhere.yaml")

    monkeypatch.setattr(made._validator, "iter_errors", fail)
    with pytest.raises(ToolError) as raised:
        list(made.errors({"compatible": ["test,widget"]}, "widget", False))
    assert (
        str(raised.value) == f"dtschema {dtschema.version()} fails at node widget: LookupError: nowhere.yaml"
    )
    monkeypatch.setattr(made._validator, "decode_dtb", fail)
    with pytest.raises(ToolError) as raised:
        made.decode(dtb("/ { };"))
    assert str(raised.value) == f"dtschema {dtschema.version()} fails at the tree: LookupError: nowhere.yaml"


def test_a_set_is_the_same_however_its_directory_is_given(
    directory: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = processed.prepare(directory, (), cache)
    monkeypatch.chdir(directory.parent)
    assert processed.prepare(Path(directory.name), (), cache) == made


def test_a_file_of_a_user_may_be_called_like_those_in_the_cache(
    directory: Path, cache: Path, tmp_path: Path
) -> None:
    own = tmp_path / f"own{processed.SUFFIX}"
    own.write_bytes(processed.prepare(directory, (), cache).text)
    made = processed.read(own)
    assert processed.opened(own, made.key) == made


def test_what_is_changed_while_dtschema_reads_it_is_read_again(
    directory: Path, cache: Path, widget: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, file = dtschema.prepared, directory / "widget.yaml"

    def changed(files: list[str]) -> object:
        found = prepared(files)
        file.write_text(widget.replace("required: [compatible, reg]", ""))
        return found

    monkeypatch.setattr(dtschema, "prepared", changed)
    made = processed.prepare(directory, (), cache)
    assert messages(made) == []
    assert made.key == processed.key(directory, (), cache)
