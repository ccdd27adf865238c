"""What keeps an overlay from being applied: every sentence of it, each overlay wrong in one way."""

from __future__ import annotations

import pytest

from dtgen.checks.application import reasons
from dtgen.checks.findings import Observation
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Finding, Location, Severity, Subject
from dtgen.overlay.application import Application
from dtgen.overlay.placement import placement
from dtgen.rules import no_overlay

BOARD = """
/ {
    compatible = "acme,board", "acme,soc";
    soc: soc@0 { dsp: dsp@1000 { }; uart@2000 { }; };
    apps_smmu: iommu { };
    apps_rsc: rsc { };
};
"""
BODY = "/fragment@0/__overlay__"
DASH_AT = "compile the overlay again with dtc -@"
PLUGIN = "compile the source again with `dtc -@`; it needs /plugin/; after /dts-v1/;"
LOOK = "look for the node's label in the base's sources; a board may have deleted the node"
NO_BODY = "the fragment has no __overlay__: libfdt would skip it silently"


def fragment(body: str) -> str:
    return f"/ {{ fragment@0 {{ {body} }}; }};"


@pytest.fixture(scope="session")
def obstacles(tree, overlay):
    """Of an overlay that was compiled as one."""

    def found(source: str, base: str = BOARD) -> tuple[Observation, ...]:
        return reasons(Application(overlay(source), tree(base)))

    return found


@pytest.fixture(scope="session")
def plain(dtb, tree):
    """Of a source that was compiled without `/plugin/`, so that all of it is written by hand."""

    def found(source: str, base: str = BOARD) -> tuple[Observation, ...]:
        # dtc 1.8 reads tables of fixups that it finds, and ends at what is wrong in them
        data = dtb(source.replace("fixups__", "by_hand_")).replace(b"by_hand_", b"fixups__")
        return reasons(Application(Overlay.of(blob.read(data, "test.dtb")), tree(base)))

    return found


def obstacle(rule: str, path: str, prop: str | None, message: str, help: str = "") -> Observation:
    return Observation(rule, Severity.ERROR, Finding(Subject(path, prop), message, help))


def unknown(label: str, path: str, prop: str, help: str = LOOK) -> Observation:
    return obstacle("unknown-label", path, prop, f"the base has no label {label}", help)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("&dsp { x; };", {"/fragment@0": "/soc@0/dsp@1000"}),
        ("&{/soc@0} { x; };", {"/fragment@0": "/soc@0"}),
        ("&{/} { x; };", {"/fragment@0": "/"}),
        ("&dsp { x; }; &dsp { y; };", {"/fragment@0": "/soc@0/dsp@1000", "/fragment@1": "/soc@0/dsp@1000"}),
    ],
)
def test_an_overlay_that_fits_has_a_target_for_every_fragment(tree, overlay, source, expected):
    application = Application(overlay(source), tree(BOARD))
    assert (placement(application.overlay, application.base).targets, reasons(application)) == (expected, ())


def test_an_overlay_of_paths_fits_a_base_without_labels(tree, overlay):
    application = Application(overlay("&{/soc} { x; };"), tree("/ { soc { }; };"))
    assert reasons(application) == ()
    assert placement(application.overlay, application.base).targets == {"/fragment@0": "/soc"}


def test_a_fragment_that_has_no_target_leaves_the_targets_of_the_others(tree, overlay):
    assert placement(overlay("&none { x; }; &dsp { y; };"), tree(BOARD)).targets == {
        "/fragment@1": "/soc@0/dsp@1000"
    }


@pytest.mark.parametrize(
    ("label", "help"),
    [
        ("dspp", "did you mean dsp?"),
        ("apps_smu", "did you mean apps_smmu or apps_rsc?"),
        ("zzz", LOOK),
    ],
)
def test_an_unknown_label(obstacles, label, help):
    assert obstacles(f"&{label} {{ x; }};") == (unknown(label, "/fragment@0", "target", help),)


def test_three_near_matches_at_most(obstacles):
    base = "/ { cdsp0: a { }; cdsp1: b { }; cdsp2: c { }; cdsp3: d { }; };"
    (found,) = obstacles("&cdsp9 { x; };", base)
    assert found.finding.help == "did you mean cdsp3, cdsp2 or cdsp1?"


def test_an_unknown_label_among_known_ones(obstacles):
    assert obstacles("&soc { clocks = <&zzz>; };") == (unknown("zzz", BODY, "clocks"),)


def test_an_unknown_label_is_told_once_at_its_first_use(obstacles):
    assert obstacles("&soc { x = <&zzz>; y = <&zzz>; };") == (unknown("zzz", BODY, "x"),)


def test_all_unknown_labels_are_told_each_with_its_near_matches(obstacles):
    assert obstacles("&soc { a = <&dsp>; b = <&dspp>; c = <&apps_rcs>; d = <&apps_smmu>; };") == (
        unknown("dspp", BODY, "b", "did you mean dsp?"),
        unknown("apps_rcs", BODY, "c", "did you mean apps_rsc?"),
    )


@pytest.mark.parametrize(
    ("root", "theirs"),
    [
        ('/ { compatible = "acme,other", "acme,chip"; };', "acme,other, acme,chip"),
        ("", "one that it does not name"),
    ],
)
def test_an_overlay_for_another_soc(obstacles, root, theirs):
    assert obstacles(f"{root} &soc {{ x = <&yyy &zzz>; }};") == (
        obstacle(
            "another-soc",
            "/",
            None,
            "2 of 3 labels unknown: this overlay is for another SoC",
            f"base test.dtb is for acme,board, acme,soc; the overlay is for {theirs}",
        ),
        unknown("yyy", BODY, "x"),
        unknown("zzz", BODY, "x"),
    )


def test_another_soc_where_the_base_has_no_compatible(obstacles):
    found = obstacles("&yyy { x; }; &zzz { x; };", "/ { soc: soc { }; };")
    assert (found[0].finding.message, found[0].finding.help) == (
        "2 of 2 labels unknown: this overlay is for another SoC",
        "base test.dtb is for a board without compatible; the overlay is for one that it does not name",
    )


@pytest.mark.parametrize(
    ("source", "rules"),
    [
        ("&zzz { x; };", ["unknown-label"]),
        ("&soc { x = <&zzz>; };", ["unknown-label"]),
        ("&soc { x = <&dsp &zzz>; };", ["unknown-label"]),
        ("&yyy { x; }; &zzz { x; };", ["another-soc", "unknown-label", "unknown-label"]),
        ("&soc { x = <&dsp &yyy &zzz>; };", ["unknown-label", "unknown-label"]),
    ],
)
def test_another_soc_is_more_than_half_of_several_labels(obstacles, source, rules):
    assert [found.rule for found in obstacles(source)] == rules


@pytest.mark.parametrize(
    ("source", "labels"),
    [
        ("&soc { x; };", [("soc", "/fragment@0", "target")]),
        ("&soc { x = <&dsp>; };", [("soc", "/fragment@0", "target"), ("dsp", BODY, "x")]),
    ],
)
def test_a_base_without_any_label(obstacles, source, labels):
    help = (
        "the base has no labels at all (no __symbols__): compile it with `dtc -@` "
        "(in a kernel tree: make DTC_FLAGS=-@), or say with --symbols where they are"
    )
    assert obstacles(source, "/ { soc { }; };") == tuple(unknown(*label, help) for label in labels)


@pytest.mark.parametrize(
    ("source", "path", "prop"),
    [("&gone { x; };", "/fragment@0", "target"), ("&soc { x = <&gone>; };", BODY, "x")],
)
def test_a_label_whose_node_is_gone(obstacles, source, path, prop):
    stale = '/ { soc: soc { }; __symbols__ { gone = "/soc/gone"; }; };'
    assert obstacles(source, stale) == (
        obstacle(
            "stale-label",
            path,
            prop,
            "the label gone of base test.dtb is of /soc/gone, and there is no such node",
            "the base is damaged: compile it again",
        ),
    )


@pytest.mark.parametrize("source", ["/ { };", "/ { __fixups__ { }; };", "/ { x; };"])
def test_an_overlay_without_fragments(obstacles, source):
    assert obstacles(source) == (
        obstacle(
            "no-overlay",
            "/",
            None,
            "it has no fragment: it is not an overlay",
            "does its source lack /plugin/;?",
        ),
    )


def test_a_base_given_as_overlay(plain):
    assert plain(BOARD) == (
        obstacle(
            "no-overlay",
            "/",
            None,
            "this is a base (of acme,board, acme,soc), not an overlay",
            "the order is: base, overlay, overlay, …",
        ),
    )


def test_a_base_without_compatible_given_as_overlay(plain):
    assert [found.rule for found in plain("/ { soc { dsp { }; }; };")] == ["no-overlay"]


def test_whether_there_is_an_overlay_needs_no_base(tree, overlay):
    assert list(no_overlay.check(overlay("&none { x; };"))) == []
    assert len(list(no_overlay.check(Overlay.of(tree(BOARD))))) == 1


def test_a_single_fragment_without_a_body(obstacles):
    assert [found.finding.message for found in obstacles(fragment("target = <&soc>;"))] == [NO_BODY]


def test_a_fragment_without_a_body(obstacles):
    source = '&soc { x; }; / { fragment@9 { target-path = "/soc@0"; }; };'
    assert obstacles(source) == (obstacle("fragment-target", "/fragment@9", None, NO_BODY),)


def test_a_fragment_without_a_target(obstacles):
    assert obstacles(fragment("__overlay__ { x; };")) == (
        obstacle(
            "fragment-target",
            "/fragment@0",
            None,
            "the fragment has no target",
            "write &label { … }; or &{/path} { … }; in the source",
        ),
    )


@pytest.mark.parametrize(("number", "shown"), [("1", "0x1"), ("0x40", "0x40"), ("0xfffffffe", "0xfffffffe")])
def test_a_target_that_is_a_phandle_number(obstacles, number, shown):
    assert obstacles(fragment(f"target = <{number}>; __overlay__ {{ x; }};")) == (
        obstacle(
            "fragment-target",
            "/fragment@0",
            None,
            f"the fragment's target is the phandle {shown}, which one base alone understands",
            PLUGIN,
        ),
    )


def test_an_overlay_that_was_compiled_without_fixups(plain):
    assert plain("/ { fragment@0 { target = <0xffffffff>; __overlay__ { x; }; }; };") == (
        obstacle(
            "fragment-target",
            "/fragment@0",
            None,
            "the fragment's target waits for a label, and no fixup says which",
            PLUGIN,
        ),
    )


@pytest.mark.parametrize(
    ("path", "help"),
    [
        ("/soc@0/dsp@100", "/soc@0 exists; did you mean its child dsp@1000?"),
        ("/soc@1/dsp@1000", "/ exists; did you mean its child soc@0?"),
        ("/soc@0/zzz/y", "/soc@0 exists"),
        ("/soc@0/dsp@1000/n/m", "/soc@0/dsp@1000 exists"),
        ("/zzz", "write the path of a node that the base has, or its label: &label"),
    ],
)
def test_a_target_path_that_is_not_there(obstacles, path, help):
    assert obstacles(f"&{{{path}}} {{ x; }};") == (
        obstacle("fragment-target", "/fragment@0", "target-path", f"the base has no node {path}", help),
    )


@pytest.mark.parametrize("path", ["/soc/dsp", "/soc@0/dsp", "serial0"])
def test_a_target_path_is_found_as_libfdt_finds_it(tree, overlay, path):
    base = tree('/ { aliases { serial0 = "/soc@0/dsp@1000"; }; soc@0 { dsp@1000 { }; }; };')
    source = f'/ {{ fragment@0 {{ target-path = "{path}"; __overlay__ {{ x; }}; }}; }};'
    application = Application(overlay(source), base)
    assert reasons(application) == ()
    assert placement(application.overlay, base).targets == {"/fragment@0": "/soc@0/dsp@1000"}


def test_a_target_path_that_is_no_path(plain):
    assert plain('/ { fragment@0 { target-path = "zzz"; __overlay__ { x; }; }; };') == (
        obstacle(
            "fragment-target",
            "/fragment@0",
            "target-path",
            'the base has no node "zzz", and no alias of that name',
            "a path begins with /",
        ),
    )


def test_a_phandle_number_beside_a_target_path(obstacles):
    source = fragment('target = <0x7>; target-path = "/soc@0"; __overlay__ { x; };')
    assert [found.rule for found in obstacles(source)] == ["fragment-target"]


@pytest.mark.parametrize("target", ["<&soc 0>", "<0 &soc>"])
def test_a_target_of_two_cells(obstacles, target):
    found = obstacles(fragment(f"target = {target}; __overlay__ {{ x; }};"))
    assert [found.rule for found in found] == ["fragment-target"]


def test_every_obstacle_is_told(obstacles):
    found = obstacles("&yyy { x; }; &zzz { x; }; &{/none} { x; };")
    assert [(o.rule, o.finding.message) for o in found] == [
        ("another-soc", "2 of 2 labels unknown: this overlay is for another SoC"),
        ("unknown-label", "the base has no label yyy"),
        ("unknown-label", "the base has no label zzz"),
        ("fragment-target", "the base has no node /none"),
    ]


def test_a_label_that_could_not_be_placed(tree, overlay):
    application = Application(overlay("&gpu { x; };"), tree("/ { };"), {"gpu": "nobody knows gpu"})
    (found,) = reasons(application)
    assert (found.finding.message, found.finding.help) == (
        "nobody knows gpu",
        "say with --symbols where it is: a blob, a source or a kernel tree with this board",
    )


def test_a_label_whose_node_the_sources_delete(tree, overlay):
    """That explains it, whatever else is known of it."""
    where = {"gpu": Location("board.dts", 7)}
    application = Application(overlay("&gpu { x; }; &dsp { x; };"), tree(BOARD), {"gpu": "?"}, where.get)
    (found,) = reasons(application)
    assert (found.finding.message, found.finding.help) == (
        "the base has no label gpu",
        "board.dts:7 deletes the node: leave it out for this board",
    )


HAND_MADE = """
/ {{
    fragment@0 {{ target-path = "/soc@0"; __overlay__ {{ y = <0xffffffff 2>; short = [00 01]; }}; }};
    {}
}};
"""


def table(strings: str) -> str:
    return HAND_MADE.format(f"__fixups__ {{ soc = {strings}; }};")


def local(body: str) -> str:
    return HAND_MADE.format(f"__local_fixups__ {{ {body} }};")


def test_the_overlay_of_the_bad_fixups_is_sound_without_them(plain):
    assert plain(HAND_MADE.format("")) == ()
    assert plain(table(f'"{BODY}:y:0", "{BODY}:y:4"')) == ()
    assert plain(local("fragment@0 { __overlay__ { y = <0 4>; }; };")) == ()


@pytest.mark.parametrize(
    "string",
    [
        "",
        ":",
        "::",
        ":y:0",
        f"{BODY}",
        f"{BODY}:",
        f"{BODY}::",
        f"{BODY}::0",
        f"{BODY}:y",
        f"{BODY}:y:",
        f"{BODY}:y:a",
        f"{BODY}:y:0x4",
        f"{BODY}:y:0a",
        f"{BODY}:y:-4",
        f"{BODY}:y:0:0",
        "fragment@0:y:0",
    ],
)
def test_a_fixup_that_is_none(plain, string):
    message = f'"{string}" is not a fixup: one is path:property:offset'
    assert plain(table(f'"{string}"')) == (obstacle("bad-fixup", "/__fixups__", "soc", message, DASH_AT),)


def test_the_one_bad_fixup_of_several(plain):
    assert plain(table(f'"{BODY}:y:0", "{BODY}:y:", "{BODY}:y:4"')) == (
        obstacle(
            "bad-fixup",
            "/__fixups__",
            "soc",
            f'"{BODY}:y:" is not a fixup: one is path:property:offset',
            DASH_AT,
        ),
    )


def test_the_bad_fixups_of_one_label_are_told_at_once(plain):
    assert plain(table('"a", "b"')) == (
        obstacle(
            "bad-fixup", "/__fixups__", "soc", '"a", "b" is not a fixup: one is path:property:offset', DASH_AT
        ),
    )


def test_a_label_without_a_fixup(plain):
    assert plain(HAND_MADE.format("__fixups__ { soc; };")) == (
        obstacle(
            "bad-fixup", "/__fixups__", "soc", '"" is not a fixup: one is path:property:offset', DASH_AT
        ),
    )


STRAYS = [
    (BODY, "y", 5),
    (BODY, "y", 6),
    (BODY, "y", 8),
    (BODY, "y", 0x1000),
    (BODY, "y", 0xFFFFFFFC),
    (BODY, "short", 0),
    (BODY, "absent", 0),
    ("/fragment@0/__overlay__/absent", "y", 0),
    ("/fragment@1/__overlay__", "y", 0),
]


def stray(path: str, prop: str, offset: int) -> Observation:
    message = f"a fixup is for byte {offset:#x} of {prop}, and there is no such cell"
    return obstacle("bad-fixup", path, prop, message, DASH_AT)


@pytest.mark.parametrize(("path", "prop", "offset"), STRAYS)
def test_a_fixup_of_a_cell_that_is_not_there(plain, path, prop, offset):
    assert plain(table(f'"{path}:{prop}:{offset}"')) == (stray(path, prop, offset),)


@pytest.mark.parametrize(("path", "prop", "offset"), STRAYS)
def test_a_local_fixup_of_a_cell_that_is_not_there(plain, path, prop, offset):
    body = f"{prop} = <{offset:#x}>;"
    for name in reversed(path.strip("/").split("/")):
        body = f"{name} {{ {body} }};"
    assert plain(local(body)) == (stray(path, prop, offset),)


def test_the_one_stray_local_fixup_of_several(plain):
    assert plain(local("fragment@0 { __overlay__ { y = <0 8 4>; }; };")) == (stray(BODY, "y", 8),)


@pytest.mark.parametrize(
    "text",
    [
        "__local_fixups__ { fragment@0 { __overlay__ { y = [00 00 00 00 00]; }; }; };",
        "__local_fixups__ { fragment@0 { __overlay__ { absent; }; }; };",
        "__local_fixups__ { fragment@1 { }; };",
        f"__fixups__ {{ soc = [{f'{BODY}:y:0'.encode().hex(' ')}]; }};",
    ],
    ids=["five bytes", "no such property", "no such node", "no end of the string"],
)
def test_a_table_that_libfdt_refuses(plain, text):
    assert [found.rule for found in plain(HAND_MADE.format(text))] == ["bad-fixup"]


def test_the_overlay_of_linux_for_el2_fits_its_board(compiled):
    board = blob.read(compiled("lemans-evk.dts"), "lemans-evk.dtb")
    el2 = Overlay.of(blob.read(compiled("lemans-el2.dtso"), "lemans-el2.dtbo"))
    assert reasons(Application(el2, board)) == ()
    assert list(placement(el2, board).targets) == [fragment.path for fragment in el2.fragments]


SAME = 'compatible = "v,board", "v,soc";'


@pytest.mark.parametrize(
    ("base", "source", "message", "help"),
    [
        (
            "/ { l: a@1 { }; };",
            "&l { x = <&{/a@1} 1>; };",
            "libfdt cannot resolve the path reference &{/a@1} in cells; the node is there, its label is &l",
            "write &l",
        ),
        (
            "/ { l: a@1 { }; b { }; };",
            "&l { x = <&{/b}>; };",
            "libfdt cannot resolve the path reference &{/b} in cells; the node is there, and has no label",
            "give it a label in the base's sources",
        ),
        (
            "/ { l: a@1 { }; };",
            "&l { x = <&{/c}>; };",
            "libfdt cannot resolve the path reference &{/c} in cells, and the base has no such node",
            "write the label of a node",
        ),
        (
            "/ { reserved-memory { reserved_mem: m@0 { }; }; };",
            "&reserved_memory { x; };",
            "the base has no label reserved_memory",
            "the node /reserved-memory has no label: write &{/reserved-memory}",
        ),
        (
            f"/ {{ {SAME} l: l {{ }}; }};",
            '/ { compatible = "v,soc"; }; &camera_one { x; };',
            "the base has no label camera_one",
            "another overlay may have to come first, whose label it is",
        ),
    ],
)
def test_what_is_known_of_a_label_that_is_not_there(tree, overlay, base, source, message, help):
    (found,) = reasons(Application(overlay(source), tree(base)))
    assert (found.rule, found.finding.message, found.finding.help) == ("unknown-label", message, help)


def test_two_labels_that_the_same_board_lacks_are_no_other_soc(tree, overlay):
    source = '/ {{ compatible = "{}"; }}; &camera_one {{ x; }}; &camera_two {{ x; }};'
    board = tree(f"/ {{ {SAME} l: l {{ }}; }};")
    rules = [
        [found.rule for found in reasons(Application(overlay(source.format(name)), board))]
        for name in ("v,soc", "v,other")
    ]
    assert rules == [["unknown-label"] * 2, ["another-soc", "unknown-label", "unknown-label"]]
