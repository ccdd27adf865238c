"""An overlay's source does not begin with its licence and a comment that says what it is.

Why: the kernel takes no file without a licence, and its tools look for that in the first line. The comment
has the copyright, and says what the overlay is for: "Lemans specific modifications required to boot in EL2."

Fires on a source without a licence:

    /* Lemans specific modifications required to boot in EL2. */

    /dts-v1/;
    /plugin/;

Fires on a source without a comment:

    // SPDX-License-Identifier: BSD-3-Clause

    /dts-v1/;
    /plugin/;

Passes:

    // SPDX-License-Identifier: BSD-3-Clause
    /*
     * Copyright (c) Qualcomm Technologies, Inc. and/or its subsidiaries.
     *
     * Lemans specific modifications required to boot in EL2.
     */

    /dts-v1/;
    /plugin/;

Fix: write both at the top of the file.

Source: the kernel's Documentation/process/license-rules.rst; scripts/checkpatch.pl, SPDX_LICENSE_TAG.
"""

ID = "missing-header"
