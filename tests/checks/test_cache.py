"""What is kept of what was said of a tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dtgen.bindings import validator
from dtgen.bindings.schemas import prepare
from dtgen.checks import cache
from dtgen.checks.cache import KeptVerdict, Terms, Verdicts
from dtgen.checks.findings import Observation
from dtgen.checks.tree import Inspector
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Finding, Severity, Subject
from dtgen.dts import compiler
from dtgen.dts.compiler import Tool
from dtgen.overlay.merge import Merged, merge
from dtgen.project.layout import builtin_bindings, cache_directory

Dtb = Callable[[str], bytes]

TREE = """/ {
    #address-cells = <1>; #size-cells = <1>; compatible = "v,board";
    pic: pic { interrupt-controller; #interrupt-cells = <1>; };
    smmu: iommu@0 { compatible = "arm,mmu-500"; reg = <0 1>; interrupts = "x"; #iommu-cells = <2>; };
    adsp { compatible = "qcom,sa8775p-adsp-pas"; iommus = <&smmu 0x13000 0>, <&smmu 1>; };
    venus { compatible = "qcom,sc7180-venus"; };
};"""
TERMS = Terms("an engine", Tool(("dtc",)), {}, None)


@pytest.fixture(scope="module")
def inspector() -> Inspector:
    engine = prepare.prepare(builtin_bindings(), (), cache_directory()).load()
    return Inspector(engine, compiler.find_dtc(), Verdicts(None))


@pytest.fixture(scope="module")
def verdict(inspector: Inspector, dtb: Dtb) -> KeptVerdict:
    """One that has something of everything."""
    data = dtb(TREE)
    found = inspector.whole(Merged.unchanged(blob.read(data, "x.dtb"), data), True).verdict
    kinds = {"rule" if not o.violation else "binding" for o in found.observations}
    assert kinds == {"rule", "binding"}
    assert any(o.finding.also for o in found.observations) or found.observations
    assert found.pas_users
    assert found.undocumented == ("v,board",)
    return found


@pytest.fixture
def kept(verdict: KeptVerdict, tmp_path: Path) -> Verdicts:
    found = Verdicts(tmp_path / "results")
    found.save("key", verdict)
    return found


def test_what_was_said_is_had_again(kept: Verdicts, verdict: KeptVerdict) -> None:
    assert kept.key(TERMS, b"tree") == TERMS.digest(b"tree")
    assert kept.load("key") == verdict
    assert kept.load("another") is None


@pytest.mark.parametrize(
    "other",
    [
        replace(TERMS, engine="another one"),
        replace(TERMS, dtc=Tool(("dtc", "-v"))),
        replace(TERMS, dtc=Tool(("cpp",))),
        replace(TERMS, dtc=Tool(("env", "dtc"))),
        replace(TERMS, severities={"a-rule": None}),
        replace(TERMS, severities={"a-rule": Severity.ERROR}),
        replace(TERMS, pas_at_el2=True),
        replace(TERMS, pas_at_el2=False),
    ],
)
def test_on_other_terms_nothing_is_known(other: Terms) -> None:
    assert other.digest(b"tree") != TERMS.digest(b"tree")


@pytest.mark.parametrize("package", ["dtschema", "jsonschema", "pylibfdt"])
def test_with_another_release_of_what_judges_nothing_is_known(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, installed = TERMS.digest(b"tree"), cache.version
    cache.installed.cache_clear()
    monkeypatch.setattr(cache, "version", lambda name: "0" if name == package else installed(name))
    try:
        assert TERMS.digest(b"tree") != before
    finally:
        cache.installed.cache_clear()


def test_another_tree_has_another_key() -> None:
    assert TERMS.digest(b"tree") != TERMS.digest(b"tree2")
    assert TERMS.digest(b"tree") == TERMS.digest(b"tree")


@pytest.mark.parametrize("damage", ["", "{", "{}", "[]", "0\n[]", "\xff"])
def test_a_damaged_file_is_none(kept: Verdicts, damage: str) -> None:
    assert kept.folder
    (file,) = kept.folder.iterdir()
    file.write_text(damage)
    assert kept.load("key") is None


def test_a_file_cut_short_is_none(kept: Verdicts) -> None:
    assert kept.folder
    (file,) = kept.folder.iterdir()
    whole = file.read_bytes()
    for length in range(0, len(whole), 101):
        file.write_bytes(whole[:length])
        assert kept.load("key") is None


def test_what_cannot_be_kept_stops_nobody(verdict: KeptVerdict, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    nowhere = Verdicts(tmp_path / "file")
    nowhere.save("key", verdict)
    assert nowhere.load("key") is None


def test_nothing_is_kept_where_nothing_is_to_be(verdict: KeptVerdict) -> None:
    assert Verdicts(None).key(TERMS, b"tree") == ""
    Verdicts(None).save("key", verdict)
    assert Verdicts(None).load("key") is None


def test_what_dtc_had_no_time_to_check_is_not_kept(kept: Verdicts, verdict: KeptVerdict) -> None:
    unfinished = Observation("dtc:timeout", Severity.WARNING, Finding(Subject("/"), "none was made"))
    kept.save("late", replace(verdict, observations=(*verdict.observations, unfinished)))
    assert kept.load("late") is None


def test_where_one_program_starts_another_both_are_looked_at(tmp_path: Path) -> None:
    program = tmp_path / "dtc"
    digests = set()
    for text in ("one", "another"):
        program.write_text(text)
        program.chmod(0o755)
        cache._program.cache_clear()
        digests.add(replace(TERMS, dtc=Tool(("env", str(program)))).digest(b"tree"))
    assert len(digests) == 2


@pytest.fixture
def applied(dtb: Dtb, dtbo: Dtb) -> tuple[Merged, Merged]:
    """A tree, and an overlay on it, which a binding and a rule complain of."""
    base = dtb(TREE)
    overlay = dtbo("&{/adsp} { iommus = <&smmu 1>; qcom,wrong; };")
    fragments = Overlay.of(blob.read(overlay, "o.dtbo"))
    tree = blob.read(base, "x.dtb")
    return Merged.unchanged(tree, base), merge(tree, base, fragments, overlay)


def test_what_was_said_of_a_merged_tree_is_had_again(
    inspector: Inspector, applied: tuple[Merged, Merged], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, merged = applied
    keeping = replace(inspector, verdicts=Verdicts(tmp_path / "results"))
    asked: list[bytes] = []
    decode = validator.decode
    monkeypatch.setattr(
        validator, "decode", lambda e, data, tree: (asked.append(data), decode(e, data, tree))[1]
    )

    def verdict(tree: Merged = merged, streamless: dict[str, str] | None = None) -> KeptVerdict:
        asked.clear()
        return keeping.after(keeping.whole(base), tree, True, streamless).verdict

    fresh = inspector.after(inspector.whole(base), merged, True).verdict
    assert fresh.violations
    assert verdict() == fresh == verdict()
    assert asked == []
    # what is known of it besides the blobs is part of what was asked
    verdict(replace(merged, origins={}))
    assert asked
    verdict(replace(merged, references={}))
    assert asked
    verdict(streamless={"/adsp": "it has none"})
    assert asked
    verdict(streamless={"/adsp": "it has none"})
    assert asked == []


def test_a_merged_tree_is_judged_again_beside_another_base() -> None:
    assert TERMS.digest(b"tree", b"base") != TERMS.digest(b"tree", b"base2") != TERMS.digest(b"tree")
    assert TERMS.digest(b"tree", b"a", b"b") != TERMS.digest(b"tree", b"ab")
