"""An overlay for EL2 enables a device that the board had disabled.

Why: a board disables what it has no use for, or has not wired up. To run at EL2 changes nothing about
that, and reviewers object to it. What the hypervisor kept to itself is "reserved", not "disabled".

Fires on:

    uart: serial { status = "disabled"; };
    /plugin/;
    &uart { status = "okay"; };

Passes:

    watchdog: watchdog { status = "reserved"; };
    /plugin/;
    &watchdog { status = "okay"; };

Fix: leave it to the board, or change the board in a patch of its own.

Source: Devicetree Specification 2.3.4; the six `*-el2.dtso` of Linux v7.1, none of which does it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.diagnostics import Finding
from dtgen.hardware.system import System

ID = "enables-disabled-device"


def check(system: System) -> Iterator[Finding]:
    if system.pas_at_el2 is None:  # what else an overlay may be for, to enable devices may be all of it
        return
    for subject in system.merged.origins:
        if subject.property != "status":
            continue
        base, merged = system.merged.base.nodes.get(subject.path), system.tree.nodes[subject.path]
        if base and base.status == "disabled" and merged.status in ("okay", "ok"):
            yield Finding(
                subject,
                f"{system.tree.name_of(subject.path)} is disabled in the base, and the overlay enables it",
                "leave it out: what a board has disabled is not for an EL2 overlay to enable",
            )
