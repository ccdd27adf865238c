"""Where fragments go: libfdt, asked on the way, says the same."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from corpus import merged_by_libfdt
from hypothesis import given, settings
from hypothesis import strategies as st

from dtgen.checks.application import reasons
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.devicetree.tree import Tree
from dtgen.diagnostics import Subject
from dtgen.overlay.application import Application
from dtgen.overlay.merge import merge
from dtgen.overlay.placement import placement

BOARD = "/ { soc: soc@0 { dsp: dsp@1000 { }; }; chosen { }; };"
ROOT = 'fragment@{} {{ target-path = "/"; __overlay__ {{ {} }}; }};'


def by_hand(*fragments: str) -> str:
    return f"/ {{ {' '.join(fragments)} }};"


TARGET = "fragment@{} {{ target = <&{}>; __overlay__ {{ {} }}; }};"
EXTRA = "extra: extra { one; };"
LOST = (
    "the fragment's target, &a, has lost its phandle to &b, a label of the same node: "
    "libfdt does not find it any more"
)


def test_a_label_is_looked_for_in_the_base_as_it_was(
    dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]
) -> None:
    """By its path, libfdt would now come to the node that the first fragment adds in front."""
    base, added = dtb("/ { soc { bus { dsp: dsp { }; }; }; };"), "&{/soc} { bus@1 { }; }; &dsp { x; };"
    tree, overlay = blob.read(base, "base"), Overlay.of(blob.read(dtbo(added), "overlay"))
    merged = merge(tree, base, overlay, dtbo(added))
    assert merged.blob == merged_by_libfdt(base, dtbo(added))
    assert list(placement(overlay, tree).targets.values()) == ["/soc", "/soc/bus/dsp"]
    assert "x" in merged.tree.nodes["/soc/bus/dsp"].properties
    assert Subject("/soc/bus/dsp", "x") in merged.origins


@pytest.mark.parametrize(
    ("overlay", "targets"),
    [
        ("&{/} { extra { }; }; &{/extra} { x; };", ["/", "/extra"]),
        ("&soc { n@5 { m { }; }; }; &{/soc@0/n/m} { x; };", ["/soc@0", "/soc@0/n@5/m"]),
        ("&{/soc} { dsp { n { }; }; }; &{/soc@0/dsp/n} { x; };", ["/soc@0", "/soc@0/dsp@1000/n"]),
        ("&{/} { a { }; }; &{/a} { b { }; }; &{/a/b} { c { }; };", ["/", "/a", "/a/b"]),
        (by_hand(ROOT.format(0, EXTRA), TARGET.format(1, "extra", "x;")), ["/", "/extra"]),
        (
            by_hand(
                TARGET.format(0, "dsp", "").replace("__overlay__", "f: __overlay__"),
                TARGET.format(1, "f", "x;"),
            ),
            ["/soc@0/dsp@1000", "/soc@0/dsp@1000"],
        ),
        (
            by_hand(TARGET.format(0, "dsp", "n { a: a { }; };"), TARGET.format(1, "a", "x;")),
            ["/soc@0/dsp@1000", "/soc@0/dsp@1000/n/a"],
        ),
    ],
)
def test_a_target_that_an_earlier_fragment_adds(
    dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes], overlay: str, targets: list[str]
) -> None:
    data, overlay_data = dtb(BOARD), dtbo(overlay)
    base, read = blob.read(data, "test.dtb"), Overlay.of(blob.read(overlay_data, "test.dtbo"))
    assert list(placement(read, base).targets.values()) == targets
    assert reasons(Application(read, base)) == ()
    merged = merge(base, data, read, overlay_data)
    assert merged.blob == merged_by_libfdt(data, overlay_data)
    assert {origin.path for origin in merged.origins.values()} >= {
        f"/fragment@{n}/__overlay__" for n in range(2)
    }


BUS = 'bus: __overlay__ { status = "okay"; }'
LABELLED = {
    "the body of a later fragment": by_hand(
        TARGET.format(0, "bus", "x;"), TARGET.format(1, "dsp", "").replace("__overlay__ {  }", BUS)
    ),
    "the body of a later fragment, by path": by_hand(
        TARGET.format(0, "bus", "x;"), f'fragment@1 {{ target-path = "/soc/dsp"; {BUS}; }};'
    ),
    "a node that a later fragment writes to": by_hand(
        TARGET.format(0, "again", "x;"), TARGET.format(1, "soc", "again: dsp { y; };")
    ),
}


@pytest.mark.parametrize("overlay", LABELLED.values(), ids=LABELLED)
def test_a_label_of_the_overlay_for_a_node_of_the_base_is_a_target_at_once(
    dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes], overlay: str
) -> None:
    """libfdt has given it the base's phandle before it merges."""
    data, overlay_data = dtb(BOARD), dtbo(overlay)
    base, read = blob.read(data, "test.dtb"), Overlay.of(blob.read(overlay_data, "test.dtbo"))
    assert reasons(Application(read, base)) == ()
    merged = merge(base, data, read, overlay_data)
    assert merged.blob == merged_by_libfdt(data, overlay_data)
    assert merged.origins[Subject("/soc@0/dsp@1000", "x")] == Subject("/fragment@0/__overlay__", "x")


@pytest.mark.parametrize(
    "target",
    [
        'target = <0xdead>; target-path = "/soc@0";',  # libfdt asks for the phandle first
        'target-path = "soc@0/dsp";',  # an alias, and there is none
    ],
)
def test_a_target_that_libfdt_does_not_find(
    dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes], target: str
) -> None:
    data, overlay_data = dtb(BOARD), dtbo(by_hand(f"fragment@0 {{ {target} __overlay__ {{ x; }}; }};"))
    read = Overlay.of(blob.read(overlay_data, "test.dtbo"))
    assert placement(read, blob.read(data, "test.dtb")).targets == {}
    with pytest.raises(blob.ApplyError):
        blob.apply(data, overlay_data)


@pytest.mark.parametrize(
    ("overlay", "message", "help"),
    [
        (
            "&{/extra} { x; }; &{/} { extra { }; };",
            "/extra is a node that fragment@1 of this overlay adds later",
            "put that fragment first",
        ),
        (
            by_hand(TARGET.format(0, "extra", "x;"), ROOT.format(1, EXTRA)),
            "&extra is a node that fragment@1 of this overlay adds later",
            "put that fragment first",
        ),
        (
            by_hand(TARGET.format(0, "extra", EXTRA)),
            "the fragment's target, &extra, is a node that it adds itself",
            "",
        ),
        (
            by_hand(TARGET.format(0, "b", "a: a { };"), TARGET.format(1, "a", "b: b { };")),
            "the fragment's target, &b, is a node of fragment@1, which cannot be applied before this one",
            "",
        ),
        (
            by_hand(
                TARGET.format(0, "dsp", "a: n { };"),
                TARGET.format(1, "dsp", "b: n { };"),
                TARGET.format(2, "a", "x;"),
            ),
            LOST,
            "remove one of the labels",
        ),
        (
            by_hand(
                TARGET.format(0, "dsp", "a: n { };"), "fragment@1 { target = <&a>; b: __overlay__ { x; }; };"
            ),
            LOST,
            "remove one of the labels",
        ),
        (
            by_hand(TARGET.format(0, "extra", "x;"), EXTRA),
            "&extra stands outside of every __overlay__, and is not merged: it cannot be a target",
            "write it into &{/} { … };",
        ),
    ],
)
def test_a_target_that_is_not_there_yet(
    tree: Callable[[str], Tree],
    dtb: Callable[[str], bytes],
    dtbo: Callable[[str], bytes],
    overlay: str,
    message: str,
    help: str,
) -> None:
    data = dtbo(overlay)
    (found,) = reasons(Application(Overlay.of(blob.read(data, "test.dtbo")), tree(BOARD)))
    assert (found.rule, found.finding.message, found.finding.help) == ("fragment-target", message, help)
    with pytest.raises(AssertionError):
        merged_by_libfdt(dtb(BOARD), data)


def test_a_reference_that_libfdt_would_write_into_a_sibling(
    overlay: Callable[[str], Overlay], tree: Callable[[str], Tree]
) -> None:
    source = "&dsp { n@1 { to = <1>; }; n { to = <&soc>; }; };"
    (found,) = reasons(Application(overlay(source), tree(BOARD)))
    body = "/fragment@0/__overlay__"
    assert (found.rule, found.finding.message, found.finding.help) == (
        "sibling-match",
        f"libfdt would write the phandles of {body}/n in the overlay into {body}/n@1, which comes first",
        f"give {body}/n a unit address, or put it before {body}/n@1",
    )
    assert reasons(Application(overlay(source.replace("n@1", "m@1")), tree(BOARD))) == ()


def test_a_target_in_a_fragment_without_one_is_one_finding(
    overlay: Callable[[str], Overlay], tree: Callable[[str], Tree]
) -> None:
    source = by_hand(TARGET.format(0, "none", EXTRA), TARGET.format(1, "extra", "x;"))
    found = reasons(Application(overlay(source), tree(BOARD)))
    assert [observation.rule for observation in found] == ["unknown-label"]


names = st.sampled_from(["a", "b", "dsp", "n@5"])
bodies = st.recursive(
    st.just(""),
    lambda inner: st.lists(st.tuples(names, inner), max_size=2, unique_by=lambda pair: pair[0]).map(
        lambda nodes: " ".join(f"{name} {{ {body} }};" for name, body in nodes)
    ),
    max_leaves=4,
)
paths = st.sampled_from(
    ["/", "/soc@0", "/soc", "/a", "/a/b", "/soc/a", "/soc/dsp/a", "/soc@0/n", "/n@5/a", "/n", "/b@1"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(paths, bodies), min_size=1, max_size=4))
def test_what_libfdt_applies_has_targets_and_else_a_reason(
    dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes], fragments: list[tuple[str, str]]
) -> None:
    data = dtb(BOARD)
    overlay = dtbo("".join(f"&{{{path}}} {{ x; {body} }};" for path, body in fragments))
    read = Overlay.of(blob.read(overlay, "test.dtbo"))
    base = blob.read(data, "test.dtb")
    found = reasons(Application(read, base))
    try:
        merged = merged_by_libfdt(data, overlay)
    except AssertionError:
        assert [observation.rule for observation in found] != []
        return
    assert found == ()
    done = merge(base, data, read, overlay)
    assert done.blob == merged
    targets = placement(read, base).targets
    assert all("x" in done.tree.nodes[target].properties for target in targets.values())


class Written:
    """A random overlay, some of whose nodes and bodies have labels that are targets, too."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.left, self.used = ["l0", "l1", "l2", "l3"], ["soc", "dsp"]
        bodies = [(self._label(), self._nodes(2)) for _ in range(self.random.choice([1, 2, 3, 4]))]
        self.text = by_hand(
            *(
                f"fragment@{n} {{ {self._target()} {label}__overlay__ {{ p{n}; {nodes} }}; }};"
                for n, (label, nodes) in enumerate(bodies)
            )
        )

    def _label(self) -> str:
        if not self.left or self.random.random() < 0.5:
            return ""
        self.used.append(self.left.pop())
        return f"{self.used[-1]}: "

    def _nodes(self, depth: int) -> str:
        names = self.random.sample(["a", "b", "dsp", "dsp@1000", "n@5"], self.random.choice([0, 1, 2]))
        inner = [(self._label(), name, self._nodes(depth - 1) if depth else "") for name in names]
        return " ".join(f"{label}{name} {{ x; {nodes} }};" for label, name, nodes in inner)

    def _target(self) -> str:
        if self.random.random() < 0.7:
            return f"target = <&{self.random.choice(self.used)}>;"
        return f'target-path = "{self.random.choice(["/", "/soc", "/soc/dsp", "/a", "/soc/a"])}";'


def test_what_labels_of_the_overlay_lead_to_is_where_libfdt_writes(
    dtb: Callable[[str], bytes], dtbo: Callable[[str], bytes]
) -> None:
    data = dtb(BOARD)
    base = blob.read(data, "test.dtb")
    applied = 0
    for seed in range(80):
        source = Written(seed).text
        overlay_data = dtbo(source)
        read = Overlay.of(blob.read(overlay_data, "test.dtbo"))
        try:
            merged = blob.read(merged_by_libfdt(data, overlay_data), "merged")
        except AssertionError:
            assert reasons(Application(read, base)), source
            continue
        assert reasons(Application(read, base)) == (), source
        applied += 1
        for path, target in placement(read, base).targets.items():
            marker = f"p{path.partition('@')[2]}"
            assert [node.path for node in merged.nodes.values() if marker in node.properties] == [target]
    assert 20 < applied < 70
