"""A comment in an overlay's source speaks of drivers, KVM or hypervisors.

Why: a devicetree describes the hardware, for every operating system, and outlives the driver of today.
Reviewers ask for the reason to go into the commit message, and for "EL2" or "without Gunyah" rather than
"KVM". Gunyah by its name passes: merged overlays say what that firmware does to the hardware.

Fires on:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Modifications required to use KVM on Lemans. */

    /dts-v1/;
    /plugin/;

Passes:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Lemans specific modifications required to boot in EL2. */

    /dts-v1/;
    /plugin/;

Fix: say what the hardware is or needs, or nothing; tell the reason in the commit message.

Source: the kernel's Documentation/devicetree/bindings/writing-bindings.rst; reviews of the EL2 overlays.
"""

ID = "driver-comment"
