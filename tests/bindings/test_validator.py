from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus_parity import dt_validate

from dtgen.bindings import dtschema, validator
from dtgen.bindings.messages.violations import MAX_ORIGINAL
from dtgen.bindings.plain import Engine
from dtgen.bindings.schemas import prepare
from dtgen.bindings.schemas.prepare import SchemaSet
from dtgen.bindings.validator import Decoded
from dtgen.bindings.violation import Violation
from dtgen.devicetree import blob
from dtgen.diagnostics import Clause, Subject
from dtgen.dts import compiler
from dtgen.project import layout

Violations = Callable[[str], list[Violation]]
Decode = Callable[[str], Decoded]

WIDGET = 'compatible = "test,widget";'


def told(found: list[Violation]) -> list[str]:
    return [f"{violation.subject}: {violation.message}" for violation in found]


def test_a_sound_node_has_no_violations(violations: Violations) -> None:
    sound = 'reg = <0>; test,mode = <1>; test,name = "a"; part { test,size = <1>; };'
    assert violations(f"n {{ {WIDGET} {sound} }};") == []


def test_an_unknown_property_of_a_child_is_told_of_the_child(violations: Violations) -> None:
    assert violations(f"a {{ n {{ {WIDGET} reg = <0>; part {{ test,size = <1>; x; }}; }}; }};") == [
        Violation(
            Subject("/a/n/part", "x"),
            Clause("test/widget.yaml", "/a/n", ("part",), "additionalProperties"),
            "x",
            "the binding does not know x",
            "",
            "'x' does not match any of the regexes: '^pinctrl-[0-9]+$'",
            False,
        )
    ]


def test_a_violation_is_whole(violations: Violations) -> None:
    assert violations(f"a {{ n {{ {WIDGET} reg = <0>; part {{ test,size = [01]; }}; }}; }};") == [
        Violation(
            Subject("/a/n/part", "test,size"),
            Clause("test/widget.yaml", "/a/n", ("part", "test,size"), "typeSize"),
            "",
            "test,size has 1 byte, expected 4: 0x1",
            "",
            "size is 8, expected 32",
            False,
        )
    ]


def test_the_key_leaves_out_the_message(violations: Violations) -> None:
    one, two = (violations(f"n {{ {WIDGET} reg = <0>; test,mode = <{n}>; }};")[0] for n in (3, 4))
    assert one.message != two.message
    assert one.key == two.key == (Clause("test/widget.yaml", "/n", ("test,mode",), "enum"), "")


def test_parents_are_told_before_their_children(violations: Violations) -> None:
    found = violations(f"a {{ {WIDGET} b {{ }}; }}; c {{ {WIDGET} }};")
    assert [violation.subject.path for violation in found] == ["/a", "/a/b", "/c"]


def test_only_the_nodes_that_are_asked_for_are_told(engine: Engine, decoded: Decode) -> None:
    tree = decoded(f"a {{ {WIDGET} }}; b {{ {WIDGET} }};")
    assert told(list(validator.validate(engine, tree, {"/b"}))) == [
        "/b: the required property reg is missing"
    ]


def test_an_unknown_property_is_told_beside_another_error(violations: Violations) -> None:
    assert told(violations(f"n {{ {WIDGET} reg = <0>; test,mode = <3>; zzz; }};")) == [
        "/n: test,mode: test,mode is 0x3, expected 0x1 or 0x2",
        "/n: zzz: the binding does not know zzz",
    ]


def test_each_unknown_property_is_a_violation(violations: Violations) -> None:
    assert told(violations(f"n {{ {WIDGET} reg = <0>; yyy; zzz; }};")) == [
        "/n: yyy: the binding does not know yyy",
        "/n: zzz: the binding does not know zzz",
    ]


def test_an_unknown_compatible_is_no_violation(violations: Violations) -> None:
    assert violations('n { compatible = "test,gadget"; };') == []


@pytest.mark.parametrize(
    "tree",
    [
        f'n {{ {WIDGET} status = "disabled"; zzz; }};',
        f'a {{ status = "disabled"; n {{ {WIDGET} zzz; }}; }};',
        f'a {{ status = "disabled"; b {{ n {{ {WIDGET} }}; }}; }};',
    ],
)
def test_a_disabled_node_and_all_below_may_lack_what_is_required(violations: Violations, tree: str) -> None:
    assert violations(tree) == []


@pytest.mark.parametrize("status", ["okay", "reserved", "fail"])
def test_no_other_status_excuses(violations: Violations, status: str) -> None:
    assert told(violations(f'a {{ n {{ {WIDGET} status = "{status}"; }}; }};')) == [
        "/a/n: the required property reg is missing"
    ]


def test_a_disabled_node_must_still_be_right_in_what_it_has(violations: Violations) -> None:
    assert told(violations(f'n {{ {WIDGET} status = "disabled"; test,mode = <3>; }};')) == [
        "/n: test,mode: test,mode is 0x3, expected 0x1 or 0x2"
    ]


def test_a_disabled_sibling_excuses_nobody(violations: Violations) -> None:
    assert told(violations(f'a {{ status = "disabled"; }}; n {{ {WIDGET} }};')) == [
        "/n: the required property reg is missing"
    ]


def test_changed_are_the_nodes_on_the_way_down_to_a_difference(decoded: Decode) -> None:
    before = decoded("a { b { p = <1>; }; c { }; }; d { };")
    after = decoded("a { b { p = <2>; }; c { }; }; d { }; e { f { }; };")
    assert validator.changed(before, after) == {"/", "/a", "/a/b", "/e", "/e/f"}


def test_equal_trees_have_not_changed(decoded: Decode) -> None:
    text = f"a {{ {WIDGET} reg = <0>; }};"
    assert validator.changed(decoded(text), decoded(text)) == set()


def test_all_below_a_node_whose_disabling_changed_have_changed(decoded: Decode) -> None:
    before, after = (
        decoded(f'a {{ status = "{status}"; b {{ c {{ }}; }}; }}; d {{ }};')
        for status in ("okay", "disabled")
    )
    assert validator.changed(before, after) == {"/", "/a", "/a/b", "/a/b/c"}


TREES = [
    f"a {{ n {{ {WIDGET} reg = <0>; }}; }}; b {{ m {{ {WIDGET} }}; }};",
    f"a {{ n {{ {WIDGET} }}; }}; b {{ m {{ {WIDGET} }}; }};",
    f'a {{ status = "disabled"; n {{ {WIDGET} }}; }}; b {{ m {{ {WIDGET} }}; }};',
    f'a {{ status = "okay"; n {{ {WIDGET} zzz; }}; }}; b {{ m {{ {WIDGET} reg = <1 2>; }}; }};',
    f'a {{ n {{ {WIDGET} status = "disabled"; test,mode = <3>; }}; }};',
    f"a {{ #address-cells = <2>; n {{ {WIDGET} reg = <0 0>; }}; }}; b {{ m {{ {WIDGET} }}; }};",
    f"a {{ n {{ {WIDGET} reg = <0 0>; part {{ }}; }}; }}; b {{ m {{ {WIDGET} part {{ test,size = <1>; }}; }}; }};",
    'a { n { compatible = "test,gadget"; reg = <0>; }; }; b { m { }; };',
]


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(TREES, 2)))
def test_what_has_not_changed_validates_the_same(
    engine: Engine, decoded: Decode, before: str, after: str
) -> None:
    old, new = decoded(before), decoded(after)
    untouched = set(paths(new)) - validator.changed(old, new)
    assert list(validator.validate(engine, old, untouched)) == list(
        validator.validate(engine, new, untouched)
    )


def paths(tree: Decoded) -> list[str]:
    found = []
    todo = [("/", tree.root)]
    while todo:
        path, node = todo.pop()
        found.append(path)
        todo += [
            (f"{path.rstrip('/')}/{name}", child) for name, child in node.items() if isinstance(child, dict)
        ]
    return found


def test_the_comparison_has_something_to_leave_out(decoded: Decode) -> None:
    old, new = decoded(TREES[0]), decoded(TREES[1])
    assert set(paths(new)) - validator.changed(old, new) == {"/b", "/b/m"}


@pytest.mark.parametrize(
    ("before", "after"),
    [("test,mode = <1>;", "test,mode;"), ("test,mode = <1>;", "test,mode = [01];")],
    ids=["flag", "byte"],
)
def test_a_value_of_another_type_is_a_change(decoded: Decode, before: str, after: str) -> None:
    old, new = (decoded(f"n {{ {WIDGET} reg = <0>; {text} }};") for text in (before, after))
    assert "/n" in validator.changed(old, new)


def test_compatibles_without_a_schema_are_told_sorted(engine: Engine, decoded: Decode) -> None:
    tree = decoded(
        'a { compatible = "acme,z", "acme,y"; }; b { compatible = "acme,b"; }; c { compatible = "acme,b"; };'
        f"d {{ {WIDGET} }};"
    )
    assert validator.undocumented(engine, tree) == ("acme,b", "acme,z")


def test_a_node_that_a_schema_knows_by_a_later_compatible_is_documented(
    engine: Engine, decoded: Decode
) -> None:
    assert validator.undocumented(engine, decoded('a { compatible = "acme,z", "test,widget"; };')) == ()


@pytest.fixture(scope="module")
def builtin(tmp_path_factory: pytest.TempPathFactory) -> SchemaSet:
    return prepare.prepare(layout.builtin_bindings(), (), tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def builtin_engine(builtin: SchemaSet) -> Engine:
    return builtin.load()


def reported(data: bytes, processed: bytes, tmp_path: Path) -> set[tuple[str, str]]:
    """(node, message) of dt-validate, without the messages that dtgen leaves out on purpose."""
    schemas = tmp_path / "schemas.json"
    schemas.write_bytes(processed)
    said = dt_validate(data, schemas)
    assert said is not None
    nodes = blob.read(data, "tree.dtb").nodes
    found = set()
    for told in said:
        if len(told) == 1:
            continue  # what could not be decoded
        path, _, keys, _, message = told
        for key in keys:
            if f"{path.rstrip('/')}/{key}" not in nodes:
                break
            path = f"{path.rstrip('/')}/{key}"
        found.add((path, message))
    return found


def ours(engine: Engine, data: bytes, paths: set[str] | None = None) -> set[tuple[str, str]]:
    found = set()
    for violation in validator.validate(engine, validator.decode(engine, data), paths):
        path, name = violation.subject.path, violation.subject.property
        # what is unexpected may be a child: dt-validate tells it of the parent
        if violation.clause.keyword in ("unevaluatedProperties", "additionalProperties") and name is None:
            path = path.rpartition("/")[0] or "/"
        found.add((path, violation.original))
    return found


def test_what_dt_validate_says_of_a_board_is_what_we_say(
    compiled: Callable[[str], bytes], builtin: SchemaSet, builtin_engine: Engine, tmp_path: Path
) -> None:
    data = compiled("qcs9100-ride.dts")
    assert ours(builtin_engine, data) == reported(data, builtin.processed(), tmp_path)


MUTATIONS = {
    "remoteproc_adsp": "iommus = <1 2 3 4 5 6 7>; test = <1>;",
    "remoteproc_cdsp0": "zzz; firmware-name = <1>;",
    "remoteproc_cdsp1": "/delete-property/ clocks; gadget { zzz = <1>; };",
    "remoteproc_gpdsp0": '/delete-property/ memory-region; status = "disabled"; zzz;',
    "remoteproc_gpdsp1": "zzz;",
}


def test_what_dt_validate_says_of_a_board_with_errors_is_what_we_say(
    compiled: Callable[[str], bytes], builtin: SchemaSet, builtin_engine: Engine, tmp_path: Path
) -> None:
    board = compiled("qcs9100-ride.dts")
    symbols = blob.read(board, "board.dtb").symbols
    dtc = compiler.find_dtc()
    text = subprocess.run(
        [*dtc.words, "-q", "-I", "dtb", "-O", "dts", "-"], input=board, capture_output=True, check=True
    ).stdout.decode()
    text += "".join(f"&{{{symbols[label]}}} {{ {body} }};\n" for label, body in MUTATIONS.items())
    mutated = compiler.compile_base(text.encode(), "board.dts", dtc).blob
    assert mutated is not None
    found = ours(builtin_engine, mutated)
    assert found == reported(mutated, builtin.processed(), tmp_path)
    before = ours(builtin_engine, board, {symbols[label] for label in MUTATIONS})
    wrong = {path for path, _ in found - before}
    assert [label for label in MUTATIONS if symbols[label] not in wrong] == ["remoteproc_gpdsp0"]


def test_an_enabled_node_below_a_disabled_one_is_not_excused(violations: Violations) -> None:
    assert told(violations(f'a {{ status = "disabled"; n {{ {WIDGET} status = "okay"; }}; }};')) == [
        "/a/n: the required property reg is missing"
    ]


@pytest.mark.parametrize("status", ["status = <1>;", "status;"])
def test_a_status_that_is_no_text_excuses_nothing(violations: Violations, status: str) -> None:
    assert "/n: the required property reg is missing" in told(violations(f"n {{ {WIDGET} {status} }};"))


def test_offsets_of_local_fixups_that_are_cut_short(engine, dtb) -> None:
    data = dtb("/ { __local_fixups__ { x = [00]; soc { y = <0>; }; }; };")
    (problem,) = validator.decode(engine, data).problems
    assert (str(problem.subject), problem.message) == (
        "/__local_fixups__: x",
        "x has 1 bytes, which is not a whole number of offsets",
    )


def test_a_count_that_is_none_is_to_blame_for_all_that_it_counts(engine, dtb) -> None:
    nodes = "".join(f"dev@{number} {{ reg = <{number} 1>; }};" for number in range(20))
    data = dtb(f"/ {{ soc {{ #address-cells = <1 0>; #size-cells = <1>; ranges = <0 0 1>; {nodes} }}; }};")
    (problem,) = validator.decode(engine, data).problems
    assert (str(problem.subject), problem.message) == (
        "/soc: #address-cells",
        "#address-cells has 8 bytes, not one cell",
    )


def test_however_many_have_no_cells_the_tree_is_decoded_a_few_times(
    engine, dtb, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = "".join(f"dev{number} {{ interrupts = <{number}>; }};" for number in range(20))
    gic = "gic: gic { interrupt-controller; #interrupt-cells = <0>; };"
    data = dtb(f"/ {{ interrupt-parent = <&gic>; {gic} {nodes} }};")
    decoded, decode = [], dtschema.decode

    def counted(*arguments):
        decoded.append(arguments)
        return decode(*arguments)

    monkeypatch.setattr(dtschema, "decode", counted)
    assert len(validator.decode(engine, data).problems) == 20
    assert len(decoded) == 2


def test_what_is_kept_of_dtschemas_words_grows_with_the_children_that_they_name(
    builtin_engine: Engine, dtb: Callable[[str], bytes]
) -> None:
    """The words name all of them, for each of them."""
    children = "".join(f"m{number} {{}}; " for number in range(2000))
    data = dtb(
        f'/ {{ #address-cells = <1>; #size-cells = <1>; venus {{ compatible = "qcom,sc7180-venus"; {children} }}; }};'
    )
    found = list(validator.validate(builtin_engine, validator.decode(builtin_engine, data)))
    unknown = [v for v in found if v.message.startswith("the binding knows no child node m")]
    assert len(unknown) == 2000
    assert len({id(v.original) for v in unknown}) == 1
    assert len(unknown[0].original) == MAX_ORIGINAL
