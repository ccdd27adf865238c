"""Several overlays on one base: what is told of each."""

from __future__ import annotations

import pytest

from dtgen.checks import application
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Finding, Severity, Subject
from dtgen.errors import Rejected
from dtgen.overlay.stack import Layer, Stack

BASE = """
/ {
    clk: clock { #clock-cells = <1>; };
    dsp: dsp { value = <1>; reg = <0>; };
};
"""
OVERWRITTEN = "write it in one of them; the kernel refuses such a pair at run time"


@pytest.fixture(scope="session")
def stack(dtb, dtbo):
    """BASE with overlays, called 1.dtbo, 2.dtbo, …"""

    def apply(*sources: str, base: str = BASE) -> Stack:
        blobs = [dtbo(source) for source in sources]
        layers = [
            Layer(Overlay.of(blob.read(data, f"{n}.dtbo")), data) for n, data in enumerate(blobs, start=1)
        ]
        data = dtb(base)
        return application.apply(blob.read(data, "base.dtb"), data, layers)

    return apply


def told(stack: Stack) -> list[tuple[str, Severity, str, Finding]]:
    return [(r.rule, r.severity, step.layer.file, r.finding) for step, r in application.remarks(stack)]


def overwritten(prop: str, message: str, layer: str, path: str = "/dsp"):
    return (
        "overwritten-property",
        Severity.ERROR,
        layer,
        Finding(Subject(path, prop), message, OVERWRITTEN),
    )


def already(layer: str, base: str):
    message = f"{base} has all of it already: nothing changes"
    return ("already-applied", Severity.INFO, layer, Finding(Subject("/"), message))


def test_one_layer(stack):
    done = stack("&dsp { x = <1>; };")
    assert (len(done.steps), told(done)) == (1, [])
    assert (done.tree, done.blob) == (done.steps[0].merged.tree, done.steps[0].merged.blob)


def test_each_step_is_the_base_of_the_next(stack):
    done = stack("&dsp { n: n { }; };", "&n { m: m { }; };", "&m { x = <&n>; };")
    assert told(done) == []
    steps = [step.merged for step in done.steps]
    assert [step.base for step in steps[1:]] == [step.tree for step in steps[:-1]]
    assert done.tree is steps[-1].tree
    assert blob.read(done.blob, done.tree.file) == done.tree
    assert done.tree.by_phandle[done.tree.nodes["/dsp/n/m"].cell("x")].path == "/dsp/n"


def test_a_layer_that_does_not_fit_is_named(stack):
    with pytest.raises(Rejected) as failed:
        stack("&dsp { n: n { }; };", "&none { x; };", "&n { y; };")
    assert [(str(d.location), d.message) for d in failed.value.diagnostics] == [
        ("2.dtbo", "the base has no label none")
    ]


def test_a_label_of_a_later_layer_is_not_there_yet(stack):
    with pytest.raises(Rejected) as failed:
        stack("&n { x; };", "&dsp { n: n { }; };")
    assert [(str(d.location), d.message) for d in failed.value.diagnostics] == [
        ("1.dtbo", "the base has no label n")
    ]


def test_every_reason_against_a_layer_is_given(stack):
    with pytest.raises(Rejected) as failed:
        stack("&none { x; }; &{/zzz} { x; };")
    assert [(d.rule, d.message) for d in failed.value.diagnostics] == [
        ("unknown-label", "the base has no label none"),
        ("fragment-target", "the base has no node /zzz"),
    ]


def test_a_layer_that_libfdt_refuses(stack):
    with pytest.raises(Rejected) as failed:
        stack("&a { n: n { x = <&n>; }; };", base="/ { a: a { phandle = <0xfffffffe>; }; };")
    assert [(d.rule, d.severity, d.message) for d in failed.value.diagnostics] == [
        ("libfdt", Severity.ERROR, "libfdt refuses to apply it to base.dtb: FDT_ERR_NOPHANDLES")
    ]


def test_a_phandle_target_beside_a_path_is_refused(dtb):
    data = dtb("/ { a { phandle = <7>; }; b { }; };")
    layer = dtb('/ { fragment@0 { target = <7>; target-path = "/b"; __overlay__ { n { x; }; }; }; };')
    overlay = Overlay.of(blob.read(layer, "o"))
    with pytest.raises(Rejected):
        application.apply(blob.read(data, "b"), data, (Layer(overlay, layer),))


def test_two_layers_that_write_one_property_differently(stack):
    done = stack("&dsp { value = <2>; };", "&dsp { value = <3>; };")
    assert told(done) == [
        overwritten(
            "value", "value of &dsp is <0x2> in 1.dtbo and <0x3> in 2.dtbo, which would win", "2.dtbo"
        )
    ]
    assert done.tree.nodes["/dsp"].cell("value") == 3


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ('value = "a";', 'value = "b";', 'value of &dsp is "a" in 1.dtbo and "b" in 2.dtbo, which would win'),
        ("value;", "value = <3>;", "value of &dsp is set in 1.dtbo and <0x3> in 2.dtbo, which would win"),
        ("value = <3>;", "value;", "value of &dsp is <0x3> in 1.dtbo and set in 2.dtbo, which would win"),
        (
            "value = [01];",
            "value = [02];",
            "value of &dsp is [01] in 1.dtbo and [02] in 2.dtbo, which would win",
        ),
    ],
)
def test_the_values_are_as_in_a_source(stack, first, second, message):
    done = stack(f"&dsp {{ {first} }};", f"&dsp {{ {second} }};")
    assert told(done) == [overwritten("value", message, "2.dtbo")]


def test_references_are_told_by_label(stack):
    done = stack("&dsp { clocks = <&clk 1>; };", "&dsp { clocks = <&clk 2>; };")
    message = "clocks of &dsp is <&clk 0x1> in 1.dtbo and <&clk 0x2> in 2.dtbo, which would win"
    assert told(done) == [overwritten("clocks", message, "2.dtbo")]


def test_a_node_without_label_is_told_by_path(stack):
    done = stack("&dsp { n { x = <1>; }; };", "&{/dsp/n} { x = <2>; };")
    message = "x of /dsp/n is <0x1> in 1.dtbo and <0x2> in 2.dtbo, which would win"
    assert told(done) == [overwritten("x", message, "2.dtbo", "/dsp/n")]


@pytest.mark.parametrize(
    "sources",
    [
        ("&dsp { a = <1>; };", "&dsp { b = <1>; };"),
        ("&dsp { value = <2>; a; };", "&dsp { value = <2>; b; };"),
        ("&dsp { clocks = <&clk 1>; a; };", "&{/dsp} { clocks = <&clk 1>; b; };"),
        ("&dsp { n { x = <1>; }; };", "&dsp { m { x = <2>; }; };"),
        ("&dsp { value = <2>; };",),
    ],
)
def test_layers_that_do_not_get_in_each_others_way(stack, sources):
    assert told(stack(*sources)) == []


def test_three_layers_are_compared_with_each_earlier_one_the_nearest_first(stack):
    done = stack("&dsp { value = <2>; };", "&dsp { value = <3>; };", "&dsp { value = <4>; };")
    assert told(done) == [
        overwritten(
            "value", "value of &dsp is <0x2> in 1.dtbo and <0x3> in 2.dtbo, which would win", "2.dtbo"
        ),
        overwritten(
            "value", "value of &dsp is <0x3> in 2.dtbo and <0x4> in 3.dtbo, which would win", "3.dtbo"
        ),
        overwritten(
            "value", "value of &dsp is <0x2> in 1.dtbo and <0x4> in 3.dtbo, which would win", "3.dtbo"
        ),
    ]
    assert done.tree.nodes["/dsp"].cell("value") == 4


def test_three_layers_of_which_the_middle_one_writes_something_else(stack):
    done = stack("&dsp { value = <2>; };", "&dsp { x; };", "&dsp { value = <4>; };")
    message = "value of &dsp is <0x2> in 1.dtbo and <0x4> in 3.dtbo, which would win"
    assert told(done) == [overwritten("value", message, "3.dtbo")]


def test_a_reference_whose_node_got_another_label_is_the_same(stack):
    done = stack(
        "&dsp { clocks = <&clk 1>; a; };", "&dsp { clocks = <&clk 1>; b; }; &{/} { aaa: clock { }; };"
    )
    assert [rule for rule, *_ in told(done) if rule == "overwritten-property"] == []


def test_a_layer_twice_is_already_applied(stack):
    source = "&dsp { value = <2>; n { x; }; };"
    assert told(stack(source, source)) == [already("2.dtbo", "base.dtb with the overlay")]


def test_a_layer_whose_values_the_base_has_is_already_applied(stack):
    assert told(stack("&dsp { value = <1>; };")) == [already("1.dtbo", "base.dtb")]


def test_a_layer_that_changes_anything_is_not_already_applied(stack):
    assert told(stack("&dsp { value = <1>; reg = <1>; };")) == []


@pytest.mark.parametrize("phandle", ["", "phandle = <0x40>;"])
def test_a_label_on_a_node_of_the_base(stack, phandle):
    base = f"/ {{ soc: soc {{ n: n {{ {phandle} }}; }}; user {{ to = <&n>; }}; }};"
    done = stack("&soc { mine: n { x; }; };", base=base)
    assert told(done) == [
        (
            "phandle-overwrite",
            Severity.WARNING,
            "1.dtbo",
            Finding(
                Subject("/soc/n", "phandle"),
                "&n has a phandle in the base: libfdt before 1.7.1 renumbers the node",
                "take the label off the node in the overlay and use the base's",
            ),
        )
    ]
    assert done.tree.by_phandle[done.tree.nodes["/user"].cell("to")].path == "/soc/n"


@pytest.mark.parametrize(
    ("base", "source"),
    [
        ("/ { soc: soc { n { }; }; };", "&soc { mine: n { x; }; };"),
        ("/ { soc: soc { }; };", "&soc { mine: n { x; }; };"),
        ("/ { soc: soc { n: n { }; }; };", "&n { x; };"),
    ],
)
def test_a_phandle_that_is_the_overlays_own(stack, base, source):
    assert told(stack(source, base=base)) == []


def test_a_label_on_a_node_of_an_earlier_layer(stack):
    done = stack("&dsp { a: n { x; }; };", "&dsp { b: n { y; }; };")
    assert [(rule, layer, finding.message) for rule, _, layer, finding in told(done)] == [
        (
            "phandle-overwrite",
            "2.dtbo",
            "&a has a phandle in the base: libfdt before 1.7.1 renumbers the node",
        )
    ]


def test_remarks_are_in_the_order_of_the_layers(stack):
    done = stack("&dsp { value = <1>; };", "&dsp { value = <2>; };", "&dsp { value = <2>; };")
    assert [(rule, layer) for rule, _, layer, _ in told(done)] == [
        ("already-applied", "1.dtbo"),
        ("overwritten-property", "2.dtbo"),
        ("overwritten-property", "3.dtbo"),
        ("already-applied", "3.dtbo"),
    ]


BARE = "/ {{ {} }};\n&dsp {{ {} }};"
TO_ROOT = "write &{/} { … }; in the place of / { … };"


def found(stack: Stack, rule: str) -> list[Finding]:
    return [finding for found, _, _, finding in told(stack) if found == rule]


def test_a_node_in_no_fragment(stack):
    done = stack(BARE.format('compatible = "x"; metadata { }; a: lost { b { }; };', "x;"))
    message = "&a is in no fragment, and an overlay does not merge it"
    assert found(done, "lost-node") == [Finding(Subject("/lost"), message, TO_ROOT)]
    assert found(done, "dangling-reference") == []


def test_a_node_beside_the_body_of_a_fragment(stack):
    done = stack("/ { f { target = <&dsp>; lost { }; __overlay__ { x; }; }; };")
    assert [finding.subject for finding in found(done, "lost-node")] == [Subject("/f/lost")]


def test_a_reference_to_a_node_that_is_lost(stack):
    done = stack(BARE.format("lost { a: below { }; };", "vdd-supply = <&a>; any = <1 &a>;"))
    assert done.tree.nodes["/dsp"].cell("vdd-supply") not in done.tree.by_phandle
    phandle = done.tree.nodes["/dsp"].cell("vdd-supply")
    assert found(done, "lost-node") == []
    assert found(done, "dangling-reference") == [
        Finding(
            Subject("/lost/below"),
            "&a is in no fragment, and an overlay does not merge it: "
            f"vdd-supply of &dsp and 1 more refer to it, and no node has the phandle {phandle:#x}",
            TO_ROOT,
            (Subject("/dsp", "vdd-supply"), Subject("/dsp", "any")),
        )
    ]


def test_references_that_lead_to_merged_nodes(stack):
    done = stack("&dsp { x = <&a>; a: a { }; };", "&{/} { b: b { y = <&clk &a>; }; c { z = <&b>; }; };")
    assert told(done) == []


def test_references_between_lost_nodes_are_lost_with_them(stack):
    done = stack(BARE.format("a: a { }; b { x = <&a>; };", "x;"))
    assert found(done, "dangling-reference") == []
    assert [finding.subject.path for finding in found(done, "lost-node")] == ["/a", "/b"]


def test_a_memory_reservation(stack):
    done = stack("/memreserve/ 0x90000000 0x1000;\n&dsp { x; };")
    assert found(done, "lost-node") == [
        Finding(
            Subject("/memreserve/"),
            "/memreserve/ 0x90000000 0x1000 is lost: libfdt does not merge an overlay's reservations",
            "write a node with that reg into &{/reserved-memory} { … };",
        )
    ]
    assert done.tree.reservations == ()


@pytest.mark.parametrize(
    ("overlay", "place"),
    [
        ('&{/} { __symbols__ { mine = "/dsp"; }; };', "/fragment@0/__overlay__/__symbols__"),
        ('&{/__symbols__} { mine = "/dsp"; };', "/fragment@0/__overlay__"),
    ],
)
def test_symbols_by_hand(stack, overlay, place):
    done = stack(overlay, "&mine { x; };")
    assert done.tree.symbols["mine"] == "/dsp"
    assert "x" in done.tree.nodes["/dsp"].properties
    assert told(done) == [
        (
            "added-label",
            Severity.INFO,
            "1.dtbo",
            Finding(Subject(place), "the overlay adds 1 label to the base by hand: mine (/dsp)"),
        )
    ]


def test_what_is_of_a_firmware_alone(stack):
    done = stack(
        """
        / {
            fragment@0 { target = <&dsp>; f: __overlay__ { x; }; };
            fragment@1 { target = <&clk>; __dormant__ { y; n { }; }; };
            __overrides__ { y = <0>, "+1"; x = <&f>, "x:4"; };
        };
        """
    )
    assert found(done, "firmware-only") == [
        Finding(
            Subject("/__overrides__"),
            "parameters and dormant fragments are of Raspberry Pi firmware, libfdt ignores them",
            also=(Subject("/fragment@1"),),
        )
    ]
    # its label gives the body a phandle, which libfdt before 1.7.1 gives to the target
    assert [rule for rule, _, _, _ in told(done)] == ["phandle-overwrite", "firmware-only"]
    assert "y" not in done.tree.nodes["/clock"].properties


def test_who_refers_to_a_node_that_is_renumbered(stack):
    users = " ".join(f"u{n} {{ vdd-supply = <&n>; }};" for n in range(4))
    done = stack("&n { phandle = <9>; };", base=f"/ {{ n: n {{ }}; {users} clocks {{ clocks = <&n>; }}; }};")
    (finding,) = found(done, "phandle-overwrite")
    assert finding.message.endswith(
        "renumbers the node, which breaks vdd-supply of /u0, vdd-supply of /u1, vdd-supply of /u2 and 2 more"
    )
    assert finding.help == "remove this line: the number is not used"


@pytest.mark.parametrize(
    "overlay",
    [
        "&dsp { iommus = <&clk 1>; };",
        "&dsp { vdd-supply = <0>; };",
        "&dsp { unknown = <1>; value = <1>; };",
        "&dsp { clocks = <0>, <&clk 1>; };",
        '/ { compatible = "v,b"; }; &dsp { x; };',
        '&{/dsp} { a = "/dsp", "x"; }; &dsp { b; };',
        "&dsp { a { x; }; }; &{/dsp} { b { x; }; };",
    ],
)
def test_what_is_no_silent_harm(stack, overlay):
    assert told(stack(overlay)) == []


def test_a_number_among_labels(stack):
    base = BASE.replace("clock {", "clock { phandle = <0x40>;")
    done = stack("&dsp { clocks = <&clk 1>, <0x40 2>; };", "&dsp { vdd-supply = <0x40>; };", base=base)
    assert [finding.message for finding in found(done, "numbered-phandle")] == [
        "0x40 in vdd-supply of &dsp is a phandle written as a number, that of &clk in this base alone"
    ]


def test_a_number_in_a_map(stack):
    base = BASE.replace("clk: clock {", "smmu: iommu { phandle = <0x40>; #iommu-cells = <2>; }; clk: clock {")
    entries = "<0 {} 0 0 1>, <1 &smmu 1 0 1>"
    by_number, by_label = (f"&dsp {{ iommu-map = {entries.format(first)}; }};" for first in ("0x40", "&smmu"))
    (finding,) = found(stack(by_number, base=base), "numbered-phandle")
    assert (finding.subject, finding.help) == (Subject("/dsp", "iommu-map"), "write &smmu")
    assert found(stack(by_label, base=base), "numbered-phandle") == []


def test_a_property_three_times(stack):
    done = stack("&dsp { x; }; &{/dsp} { x; }; &dsp { x; };")
    (finding,) = found(done, "repeated-property")
    assert finding.message.startswith("x of &dsp is written 3 times in this overlay")
    assert [place.path for place in finding.also] == [f"/fragment@{n}/__overlay__" for n in range(2)]


def test_a_label_of_a_later_layer(stack):
    with pytest.raises(Rejected) as failed:
        stack("&late { x; };", "&dsp { late: n { }; };")
    (diagnostic,) = failed.value.diagnostics
    assert diagnostic.help == "2.dtbo, later in the stack, has it: put that first"


UNITS = """
/ {
    #address-cells = <1>;
    #size-cells = <1>;
    ram: mapped { #address-cells = <2>; #size-cells = <1>; ranges; there@2 { reg = <0 1 1>; }; };
    bus: bus { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges; };
    power: power { #address-cells = <1>; #size-cells = <0>; };
    pci: pcie { #address-cells = <3>; #size-cells = <2>; ranges; };
    cpus { #address-cells = <1>; #size-cells = <0>; };
};
"""


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("&{/} { a@1 { reg = <2 1>; }; };", "0x2"),
        ("&{/cpus} { a@1 { reg = <2>; }; };", "0x2"),
        ("&ram { a@1 { reg = <1 1 1>; }; };", "0x100000001"),
        ("&ram { a@0x1 { reg = <0 1 1>; }; };", "0x1"),
        ("&ram { a@A { reg = <0 10 1>; }; };", "0xa"),
        ("&ram { a@0 { #address-cells = <1>; #size-cells = <1>; ranges; b@1 { reg = <2 1>; }; }; };", "0x2"),
    ],
)
def test_a_unit_address_that_is_not_of_reg(stack, source, address):
    (finding,) = found(stack(source, base=UNITS), "wrong-unit-address")
    assert finding.message.endswith(f"and its reg begins at {address}")


@pytest.mark.parametrize(
    "source",
    [
        "&ram { a@100000001 { reg = <1 1 1>; }; };",
        "&ram { a { reg = <1 1 1>; }; };",  # dtc's unit_address_vs_reg
        "&ram { a@1 { }; };",
        "&ram { a@1,2 { reg = <1 1 1>; }; };",
        "&ram { a@1 { reg = <1>; }; };",
        "&ram { there@2 { x; }; };",  # the base's
        "&bus { a@1 { reg = <2 1>; }; };",  # dtc's simple_bus_reg
        "&power { a@14 { reg = <14>; }; };",
        "&pci { a@1,0 { reg = <0 0 0 0 0>; }; };",
    ],
)
def test_a_unit_address_that_is_right_or_another_ones_to_judge(stack, source):
    assert found(stack(source, base=UNITS), "wrong-unit-address") == []


@pytest.mark.parametrize(
    ("target", "then"),
    [
        ("target = <&dsp>;", "refuses the overlay or renumbers the node"),
        ('target-path = "/dsp";', "renumbers the node"),
    ],
)
def test_a_label_on_the_body_of_a_fragment(stack, target, then):
    """Where the target is a phandle, libfdt before 1.7.1 does not find it again for the label."""
    done = stack(f"/ {{ f {{ {target} body: __overlay__ {{ x; }}; }}; }};")
    (finding,) = found(done, "phandle-overwrite")
    assert finding.message == (f"&dsp has a phandle in the base: libfdt before 1.7.1 {then}")


def test_a_label_that_is_a_target_before_it_is_given(stack):
    """libfdt before 1.7.1 does not find it."""
    early, body = (
        "f { target = <&mine>; __overlay__ { x; }; };",
        'g { target-path = "/dsp"; mine: __overlay__ { y; }; };',
    )
    for source, then in (
        (f"/ {{ {early} {body} }};", "refuses the overlay or renumbers the node"),
        (f"/ {{ {body} {early} }};", "renumbers the node"),
    ):
        (finding,) = found(stack(source), "phandle-overwrite")
        assert finding.message.endswith(f"before 1.7.1 {then}")
