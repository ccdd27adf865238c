"""The overlay's tables of references are damaged.

Why: dtc leaves 0xffffffff where a phandle of the base is due, and says in `__fixups__` and
`__local_fixups__` where that is, as `path:property:offset`. libfdt writes where they say; to what is
no such place it says FDT_ERR_BADOVERLAY, or nothing.

Fires on:

    dsp: dsp { };
    /plugin/;
    / {
        fragment@0 { target-path = "/dsp"; __overlay__ { clocks = <0xffffffff>; }; };
        __fixups__ { dsp = "/fragment@0/__overlay__:clocks:8"; };
    };

Passes:

    dsp: dsp { };
    /plugin/;
    / {
        fragment@0 { target-path = "/dsp"; __overlay__ { clocks = <0xffffffff>; }; };
        __fixups__ { dsp = "/fragment@0/__overlay__:clocks:0"; };
    };

Fix: compile the overlay again with `dtc -@`; do not change the values of a compiled overlay.

Source: overlay_fixup_one_phandle() and overlay_update_local_references() in libfdt's fdt_overlay.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from dtgen.devicetree.fixups import is_stray, malformed
from dtgen.diagnostics import Finding, Subject
from dtgen.overlay.application import Application

ID = "bad-fixup"

_HELP = "compile the overlay again with dtc -@"


def check(application: Application) -> Iterator[Finding]:
    overlay = application.overlay
    for subject, message in malformed(overlay.tree):
        yield Finding(subject, message, _HELP)
    for place in overlay.references():
        if is_stray(overlay.tree, place):
            message = f"a fixup is for byte 0x{place.offset:x} of {place.property}, and there is no such cell"
            yield Finding(Subject(place.path, place.property), message, _HELP)
