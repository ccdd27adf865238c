"""A block of an overlay's source is not in its alphabetical place.

Why: one finds a node by its label, two overlays can be compared, and patches that add nodes do not meet at
the end of the file. `&{/path}` comes first, then labels by name, their numbers by value: `uart6` before
`uart12`. Blocks across a preprocessor line or a comment that stands alone are not compared, nor are those
whose order has a meaning (one label twice, a label that the overlay defines).

Fires on:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Lemans specific modifications required to boot in EL2. */

    /dts-v1/;
    /plugin/;

    &venus {
            status = "disabled";
    };

    &gpu_zap_shader {
            status = "disabled";
    };

Passes:

    // SPDX-License-Identifier: BSD-3-Clause
    /* Lemans specific modifications required to boot in EL2. */

    /dts-v1/;
    /plugin/;

    &gpu_zap_shader {
            status = "disabled";
    };

    &venus {
            status = "disabled";
    };

Fix: `dtgen format FILE` moves the blocks, with the comments above them.

Source: the kernel's Documentation/devicetree/bindings/dts-coding-style.rst, Order of Nodes.
"""

ID = "unsorted-labels"
