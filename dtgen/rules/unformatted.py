"""An overlay's source is not written in the kernel's style.

Why: it is what reviewers and checkpatch ask for first: tabs, one property a line, lower-case hex digits,
one blank line between nodes and after the header, none inside of braces, values that continue beneath
their first entry. In the examples, eight spaces stand for a tab.

Fires on spaces in the place of tabs:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Lemans specific modifications required to boot in EL2. */

    /dts-v1/;
    /plugin/;

    &remoteproc_adsp {
           iommus = <&apps_smmu 0x3000 0x0>;
    };

Fires on upper-case hex digits:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Lemans specific modifications required to boot in EL2. */

    /dts-v1/;
    /plugin/;

    &remoteproc_gpdsp0 {
            iommus = <&apps_smmu 0x38A0 0x0>;
    };

Passes:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Lemans specific modifications required to boot in EL2. */

    /dts-v1/;
    /plugin/;

    &remoteproc_adsp {
            iommus = <&apps_smmu 0x3000 0x0>;
    };

    &remoteproc_cdsp0 {
            iommus = <&apps_smmu 0x21c0 0x0400>;
    };

Fix: `dtgen format FILE`; `dtgen format --diff FILE` shows what that changes.

Source: the kernel's Documentation/devicetree/bindings/dts-coding-style.rst; scripts/checkpatch.pl.
"""

ID = "unformatted"
