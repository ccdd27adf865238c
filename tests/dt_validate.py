"""dt-validate with `--json-output`, for releases of dtschema before 2026.9, which do not have it.

    python tests/dt_validate.py -s PROCESSED --json-output FILE [-l TEXT:TEXT] [-c] [-m] TREE

Each verdict is dtschema's own; only where it would be printed it is written down.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
from pathlib import Path
from typing import Any

import dtschema
from dtschema import dtb_validate


class Recording(dtb_validate.schema_group):
    """`told` has what its `--json-output` has in later releases, as far as corpus_parity.py reads it."""

    def __init__(self, processed: str) -> None:
        super().__init__(processed)
        self.told: list[dict[str, Any]] = []
        self._node = "/"

    def check_node(self, tree: Any, node: Any, disabled: bool, name: str, path: str, file: str) -> None:
        self._node = path
        with contextlib.redirect_stderr(io.StringIO()) as printed:
            super().check_node(tree, node, disabled, name, path, file)
        for line in filter(None, printed.getvalue().splitlines()):
            unmatched = ": failed to match any schema with compatible: " in line
            self.told.append({"type": "unmatched" if unmatched else "other", "node": path, "message": line})

    def format_error(self, _file: str, error: Any, **_: object) -> str:
        """Stands in for dtschema's."""
        self.told.append(
            {
                "type": "validation",
                "node": self._node,
                "schema": error.schema_file,
                "property_path": list(error.absolute_path),
                "schema_path": list(error.absolute_schema_path),
                "message": error.message,
            }
        )
        return ""

    def check_dtb(self, filename: str) -> None:
        decode = self.validator.decode_dtb

        def decode_dtb(data: bytes) -> Any:
            with contextlib.redirect_stderr(io.StringIO()) as printed:
                decoded = decode(data)
            self.told += [{"type": "decode", "message": line} for line in printed.getvalue().splitlines()]
            return decoded

        self.validator.decode_dtb = decode_dtb
        super().check_dtb(filename)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-s", dest="processed")
    parser.add_argument("--json-output", type=Path)
    parser.add_argument("-l", dest="limit")
    parser.add_argument("-c", dest="compatible_match", action="store_true")
    parser.add_argument("-m", dest="show_unmatched", action="store_true")
    parser.add_argument("tree")
    options = parser.parse_args()
    dtb_validate.match_schema_file = options.limit.split(":") if options.limit else None
    dtb_validate.compatible_match = options.compatible_match
    dtb_validate.show_unmatched = options.show_unmatched
    group = Recording(options.processed)
    dtschema.format_error = group.format_error
    group.check_dtb(options.tree)
    options.json_output.write_text(json.dumps(group.told))


if __name__ == "__main__":
    main()
