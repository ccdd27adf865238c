"""What the installed dtschema does otherwise than the newest release that dtgen is held against."""

from importlib.metadata import version

EARLIER = version("dtschema") in ("2026.4", "2026.6")
"""It is one before 2026.9: by its looks it takes a value whose property no schema knows for cells or a text,
it leaves an `iommu-map` as it is, and its dt-validate has neither `--json-output` nor a cache."""
