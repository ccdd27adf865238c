"""The part of SARIF 2.1.0 that dtgen writes, as a strict JSON Schema.

Beside the official schema, which lets pass what this does not: keys that dtgen has no use for. Written
from the text of the specification (OASIS, errata 01, chapter 3), section by section.
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string", "minLength": 1}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    properties = {**required, **optional}
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": properties,
    }


# 3.11 message, 3.12 multiformatMessageString
_MESSAGE = _object({"text": TEXT})
_FORMATTED = _object({"text": TEXT}, markdown=TEXT)
# 3.4 artifactLocation: a URI reference is no path; spaces and the like are escaped
_ARTIFACT = _object(
    {"uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~!$&'()*+,;=:@%/-]+$"}},
    uriBaseId={"const": "%SRCROOT%"},
)
# 3.30 region: lines and columns count from 1
_REGION = _object(
    {"startLine": {"type": "integer", "minimum": 1}}, startColumn={"type": "integer", "minimum": 1}
)
# 3.33 logicalLocation; kinds are 3.33.7
_LOGICAL = _object({"name": TEXT, "fullyQualifiedName": TEXT, "kind": {"enum": ["object", "property"]}})
# 3.28 location, 3.29 physicalLocation; an id where messages or results relate to it
_LOCATION = _object(
    {"physicalLocation": _object({"artifactLocation": _ARTIFACT}, region=_REGION)},
    id={"type": "integer", "minimum": 1},
    logicalLocations={"type": "array", "items": _LOGICAL, "minItems": 1},
)
_LEVEL = {"enum": ["error", "warning", "note"]}
# 3.49 reportingDescriptor, 3.50 reportingConfiguration
_RULE = _object(
    {"id": TEXT, "shortDescription": _FORMATTED, "fullDescription": _FORMATTED},
    help=_FORMATTED,
    defaultConfiguration=_object({"level": _LEVEL}),
)
# 3.27 result, 3.35 suppression
_RESULT = _object(
    {
        "ruleId": TEXT,
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": _LEVEL,
        "message": _MESSAGE,
        "locations": {"type": "array", "items": _LOCATION, "minItems": 1, "maxItems": 1},
        "partialFingerprints": _object({"dtgen/v1": TEXT}),
        "baselineState": {"enum": ["new", "absent", "unchanged"]},
    },
    relatedLocations={"type": "array", "items": _LOCATION, "uniqueItems": True},
    suppressions={
        "type": "array",
        "items": _object({"kind": {"enum": ["inSource", "external"]}}, justification=TEXT),
    },
)
# 3.13 sarifLog, 3.14 run, 3.18 tool, 3.19 toolComponent
SCHEMA = _object(
    {
        "$schema": {"type": "string", "pattern": "/sarif-schema-2.1.0.json$"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": _object(
                {
                    "tool": _object(
                        {
                            "driver": _object(
                                {
                                    "name": TEXT,
                                    "version": TEXT,
                                    "informationUri": {"type": "string", "format": "uri"},
                                    "rules": {"type": "array", "items": _RULE},
                                }
                            )
                        }
                    ),
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": _RESULT},
                }
            ),
        },
    }
)
