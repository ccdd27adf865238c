"""What can be wrong with an input as such, before any rule looks at it: the ids, and what there is to know.

They are what `errors.rejected` is called with. A rule is a module of rules/, a check of dtc's in dts/checks.
"""

from __future__ import annotations

from collections.abc import Mapping

from dtgen.diagnostics import Severity
from dtgen.records import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """One kind of defect. Its documentation is a first sentence, why, and how it is mended."""

    id: str
    severity: Severity
    documentation: str


_TEXTS = {
    "binding": (
        Severity.ERROR,
        """A binding cannot be used, or dtschema's meta-schemas refuse it.

Why: what a schema with a mistake asks of a node is not known. `dtgen check FILE.yaml` says so as `make
dt_binding_check` does. Where a whole set of bindings is read, the file is left out with a warning:
nothing is checked against it, and the others are not concerned.

Fix: correct the file at the line that is named; `dtgen check FILE.yaml` looks at it alone.

Source: meta-schemas/ of dtschema; the kernel's Documentation/devicetree/bindings/writing-schema.rst.""",
    ),
    "board-format": (
        Severity.ERROR,
        """A description has a key, a value or an entry that descriptions do not have.

Why: what is not understood would be left out, and the overlay would lack it without a word. So a
misspelled key is an error, as are a value of another type, a name that is not the file's, and an entry
that is there twice.

Fix: docs/board-format.md has every key with an example; `dtgen schema` prints the schema for editors,
which then complete and check the file.

Source: schemas/board.schema.json.""",
    ),
    "cpp": (
        Severity.ERROR,
        """The C preprocessor cannot read a source.

Why: the kernel's sources include headers for the numbers of clocks, interrupts and the like, and dtc sees
what the preprocessor makes of them. A header that is not found is most often one of a kernel tree that
was not named.

Fix: name the kernel tree with `--kernel DIR`, or the directory of the header with `-I DIR`.

Source: scripts/Makefile.dtbs of the kernel, cmd_dtc.""",
    ),
    "cpp:crash": (
        Severity.ERROR,
        """The C preprocessor crashed on a file.

Why: the file makes it run out of memory or into a bug of its own; nothing is known of the file.

Fix: run it by hand as `cpp -nostdinc -undef -D__DTS__ -x assembler-with-cpp FILE` and see; `dtgen doctor`
says which one is used.

Source: dtgen/dts/compiler.py.""",
    ),
    "cpp:timeout": (
        Severity.ERROR,
        """The C preprocessor did not finish on a file.

Why: a file that includes itself, or a macro without end, keeps it busy forever; nothing is known of the
file.

Fix: look for what includes what; `dtgen doctor` says which preprocessor is used.

Source: dtgen/dts/compiler.py.""",
    ),
    "crashed": (
        Severity.ERROR,
        """The process that looked at a file ended without a word.

Why: a library crashed on the file, or the machine had no memory left. The others of the run are not
concerned; of this file nothing is known, so it counts as an error.

Fix: look at the file alone, on a machine with more memory; if it happens again, it is a bug: please
report it with the file.

Source: dtgen/jobs/local.py.""",
    ),
    "dtc": (
        Severity.ERROR,
        """dtc cannot compile a source.

Why: a syntax error, a name that is no macro, or one of dtc's own errors. dtc names the place where it
gave up; where the line before is the one to edit, dtgen names that one.

Fix: correct the line; a `;` that is missing in the line above, and a header that was not included, are
the most common causes.

Source: dtc-parser.y and checks.c of dtc.""",
    ),
    "dtc:crash": (
        Severity.ERROR,
        """dtc crashed on a file.

Why: the file makes dtc run out of memory or into a bug of its own; what dtc would have said is not known.
Where it looks at a merged tree, that is a warning: the rules and the bindings have looked, and none of
dtc's checks was made.

Fix: run dtc by hand on the file and see; a newer dtc may know better. `dtgen doctor` says which is used.

Source: dtgen/dts/compiler.py.""",
    ),
    "dtc:timeout": (
        Severity.ERROR,
        """dtc did not finish on a file.

Why: a `#…-cells` of 0xffffffff makes dtc 1.6 count forever, and a file can include itself. What dtc would
have said is not known. Where it looks at a merged tree, that is a warning: the rules and the bindings have
looked, and none of dtc's checks was made.

Fix: look at the `#…-cells` of the providers; a newer dtc may know better. `dtgen doctor` says which is
used.

Source: dtgen/dts/compiler.py.""",
    ),
    "format": (
        Severity.ERROR,
        """`dtgen format` leaves a file as it is.

Why: a file is written only if it is proved to mean afterwards what it meant before: both are compiled and
compared. What does not compile, is no overlay, or has an `#if` that chooses between halves of a block,
cannot be proved, or not be followed.

Fix: mend what is named, and format again.

Source: dtgen/commands/format.py.""",
    ),
    "generated-compatibles": (
        Severity.WARNING,
        """No schema of the set knows a compatible.

Why: a node that no binding is for is not checked at all; nothing that is wrong with it would be seen.
Either its binding is not written yet, or the compatible has a typo. It is asked for with `-m`, as with
dt-validate.

Fix: look the compatible up; give a set that knows it with `--bindings` or `--kernel`.

Source: dtschema's generated-compatibles.""",
    ),
    "generated-pattern-types": (
        Severity.ERROR,
        """A value does not have the type that all bindings give to properties of such a name.

Why: dtschema collects from all schemas which type a property of a name has, and holds every node against it.

Fix: write the value in that type: cells in <>, bytes in [], strings in "".

Source: dtschema's generated-pattern-types.""",
    ),
    "generated-types": (
        Severity.ERROR,
        """A value does not have the type that all bindings give to a property of this name.

Why: dtschema collects from all schemas which type a property has, and holds every node against it.

Fix: write the value in that type: cells in <>, bytes in [], strings in "".

Source: dtschema's generated-types.""",
    ),
    "libfdt": (
        Severity.ERROR,
        """libfdt refuses to apply an overlay, although all that dtgen knows of fits.

Why: the tables and the targets of the overlay were found to be sound. What is left is, for example, that
no phandle is free. A bootloader with libfdt refuses it as well.

Fix: libfdt's code is in the message: libfdt.h says what it means. Compile the base and the overlay again
with `dtc -@`.

Source: fdt_overlay_apply() in libfdt's fdt_overlay.c.""",
    ),
    "malformed-blob": (
        Severity.ERROR,
        """A file is not a devicetree blob, or a damaged one.

Why: a blob begins with 0xd00dfeed and says how long it and its parts are. One that was cut off, is a
source or an image, or has parts that do not fit, cannot be read; libfdt would read outside of it.

Fix: compile it again, or copy it again; for a source (.dts, .dtso) compile it first. A blob inside of an
image has to be taken out.

Source: Devicetree Specification 5; fdt_check_full() in libfdt's fdt_check.c.""",
    ),
    "malformed-table": (
        Severity.ERROR,
        """A table that says what a bootloader loads cannot be read.

Why: a Makefile, a FIT source, a boot entry or the like says which base and which overlays make a tree.
What is not understood of it would make another tree than the one that boots.

Fix: correct the line that is named.

Source: dtgen/delivery/table.py.""",
    ),
    "misplaced-description": (
        Severity.WARNING,
        """A description lies where no command finds it by its name.

Why: boards are found as `boards/<name>.yaml`. What is called `.yml` or lies in a directory below `boards/`
is checked by `dtgen check`, and neither built by `dtgen build --all` nor known to `extends`.

Fix: move it to `boards/<name>.yaml`; or build it by its path.

Source: dtgen/project/layout.py.""",
    ),
    "missing-base": (
        Severity.ERROR,
        """A base that an overlay is for is missing.

Why: without a base nothing but the overlay's compilation can be checked. A description may name no bases,
the kernel tree may be older than the board (a warning, where it has the others), or a path may be wrong.

Fix: give a base with `--base FILE.dtb` or a kernel tree with `--kernel DIR`, or correct the path at the
line that is named.

Source: dtgen/commands/stacked_base.py.""",
    ),
    "nothing-to-check": (
        Severity.WARNING,
        """There is nothing in a directory that dtgen can check.

Why: a hook or a job that runs in the wrong directory is green forever. `dtgen check` looks for descriptions
(`boards/*.yaml`), bindings, overlays, blobs and tables, but not below hidden directories and `build/`, nor in
what git ignores, `exclude =` names, virtual environments and `node_modules`.

Fix: run it in the repository, give it the files, or correct `exclude`.

Source: dtgen/commands/check_kinds.py.""",
    ),
    "stack": (
        Severity.ERROR,
        """An overlay that comes before ours does not fit its base.

Why: some boards are a base with overlays: their bases are made by applying them. What is wrong then is
not ours, but there is nothing to apply ours to.

Fix: see what is said of the overlay: `dtgen apply BASE.dtb OVERLAY.dtbo -o OUT.dtb` tells all of it.
Where the board's overlays have changed, correct the list.

Source: the kernel's scripts/Makefile.dtbs, `-dtbs`.""",
    ),
    "template": (
        Severity.ERROR,
        """A template cannot be rendered.

Why: it has a mistake of Jinja's, uses what a description does not have, or does what a template may not:
read other files, reach into Python, or write without end.

Fix: correct the line that is named; `dtgen show BOARD` prints what a template can use.

Source: Jinja's sandbox; dtgen/description/template.py.""",
    ),
    "type": (
        Severity.ERROR,
        """A value does not have the type that the bindings give to its property.

Why: bindings say of which type a property is, and a blob has only bytes. dtschema decodes the bytes by
that type; what does not decode is left out of what the bindings check, so that nothing else is said of it.

Fix: write the value in that type: cells in <>, bytes in [], strings in "".

Source: dtschema's dtb.py.""",
    ),
    "unread-settings": (
        Severity.WARNING,
        """A project has settings in two files, and one of them is not read.

Why: of `dtgen.toml` and `[tool.dtgen]` of the `pyproject.toml` beside it, `dtgen.toml` alone counts. A
severity or an overlay that the other one names is without effect, and nothing else shows that.

Fix: keep all settings in one of the two files; `dtgen config` shows those in force.

Source: dtgen/project/settings.py.""",
    ),
    "unreadable": (
        Severity.ERROR,
        """A file cannot be read.

Why: it is not there, not a file, too large for what it should be, or may not be read. Of several files
the others are looked at all the same; of this one nothing is known, so it counts as an error.

Fix: correct the path, or the permissions.

Source: dtgen/project/files.py.""",
    ),
    "wrong-base": (
        Severity.ERROR,
        """The base does not fit this overlay.

Why: it is an overlay itself, or a board of another SoC: its compatibles are none of those that the
description is for. Addresses and streams of one SoC are wrong on another, even where all labels are
there.

Fix: give the board's .dtb first and the overlays after it. Where the board is right, add its compatible
to the description.

Source: Devicetree Specification 2.3.1, compatible.""",
    ),
    "yaml": (
        Severity.ERROR,
        """A description is not YAML 1.2.

Why: a tab, a bracket that is not closed, text that is not UTF-8, or a feature that makes YAML read
otherwise than it looks. A leading zero (`0400`) is one: YAML reads it as decimal.

Fix: correct the line and the column that are named.

Source: YAML 1.2.2; dtgen/description/yaml.py.""",
    ),
}

DEFECTS: Mapping[str, Defect] = {id_: Defect(id_, *rest) for id_, rest in _TEXTS.items()}
WHEN = "when an input is read"
