"""What is said to be the overlay's doing, and which of its lines are shown."""

from __future__ import annotations

from collections.abc import Callable

from dtgen.diagnostics import Diagnostic
from dtgen.results import Assessment


def places(diagnostic: Diagnostic) -> tuple[str, list[str]]:
    """Where it stands, and what it shows besides."""
    return str(diagnostic.location), [f"{place.location}: {place.subject}" for place in diagnostic.also]


def test_the_status_of_a_parent_is_shown_with_what_it_breaks_below(
    assessed: Callable[..., Assessment],
) -> None:
    """What is missing is no error in a node below a disabled one."""
    base = """/ { bus: bus { status = "disabled"; widget { compatible = "test,widget"; }; }; };"""
    (found,) = assessed(base, '&bus {\n\tstatus = "okay";\n};').introduced
    assert found.message == "the required property reg is missing"
    assert places(found) == ("base.dtb", ["1.dtso:3:2: /bus: status"])


def test_of_two_overlays_that_write_one_value_the_last_is_blamed(
    assessed: Callable[..., Assessment],
) -> None:
    base = "/ { smmu: iommu { #iommu-cells = <2>; }; dsp: dsp { }; };"
    write = "&dsp { iommus = <&smmu 1>; };"
    (found,) = (d for d in assessed(base, write, f"\n{write}").introduced if d.rule == "malformed-specifier")
    assert places(found) == ("2.dtso:3:8", [])


def test_a_new_node_below_a_new_bus(assessed: Callable[..., Assessment]) -> None:
    """Its interrupt parent is looked for in the base as well, which has neither of them."""
    base = "/ { interrupt-parent = <&gic>; gic: gic { interrupt-controller; #interrupt-cells = <3>; }; soc: soc { }; };"
    overlay = '&soc { bus@1000 { serial@1000 { compatible = "acme,uart"; interrupts = <0 1>; }; }; };'
    found = assessed(base, overlay)
    assert "dtc:interrupts_property" in {diagnostic.rule for diagnostic in found.introduced}
