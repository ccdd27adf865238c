"""enables-disabled-device: what the board had no use for."""

from __future__ import annotations

import pytest

from dtgen.diagnostics import Finding, Subject
from dtgen.rules.enables_disabled_device import check


@pytest.fixture(scope="session")
def findings(system):
    def literal(status: str, overlay: str, pas: object = True):
        body = f'dev: device {{ status = "{status}"; child {{ }}; }};' if status else "dev: device { };"
        return list(check(system(body, overlay, pas_at_el2=pas)))

    return literal


def finding(path: str, name: str) -> Finding:
    return Finding(
        Subject(path, "status"),
        f"{name} is disabled in the base, and the overlay enables it",
        "leave it out: what a board has disabled is not for an EL2 overlay to enable",
    )


@pytest.mark.parametrize(
    ("status", "overlay", "pas"),
    [
        ("reserved", '&dev { status = "okay"; };', True),
        ("fail", '&dev { status = "okay"; };', True),
        ("okay", '&dev { status = "okay"; };', True),
        ("", '&dev { status = "okay"; };', True),
        ("disabled", '&dev { status = "disabled"; };', True),
        ("disabled", '&dev { status = "reserved"; };', True),
        ("disabled", "&dev { x; };", True),
        ("disabled", '&dev { new { status = "okay"; }; };', True),
        ("disabled", '&dev { child { status = "okay"; }; };', True),
        ("disabled", '&dev { status = "okay"; };', None),
    ],
)
def test_what_was_not_disabled_or_stays_so_passes(findings, status, overlay, pas):
    assert findings(status, overlay, pas) == []


@pytest.mark.parametrize("pas", [True, False])
@pytest.mark.parametrize("status", ["okay", "ok"])
def test_what_the_overlay_enables(findings, status, pas):
    overlay = f'&dev {{ status = "{status}"; }};'
    assert findings("disabled", overlay, pas) == [finding("/device", "&dev")]


def test_the_camera_of_lemans(seeded):
    overlay = '&camss { status = "okay"; };'
    assert list(check(seeded("lemans-evk", overlay, pas_at_el2=True))) == [
        finding("/soc@0/isp@ac78000", "&camss")
    ]
