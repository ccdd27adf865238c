"""The table of rules, and the examples of each rule's documentation."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from pathlib import Path

import pytest
from documented import examples

from dtgen import rules
from dtgen.checks.findings import run
from dtgen.devicetree import blob
from dtgen.devicetree.fragments import Overlay
from dtgen.diagnostics import Severity
from dtgen.hardware.system import System
from dtgen.overlay.merge import Merged, merge
from dtgen.rules import ALL, MERGED, Rule

MODULES = sorted(module.name for module in pkgutil.iter_modules(rules.__path__))
HEADINGS = ("Why", "Fires on", "Passes", "Fix", "Source")

each_rule = pytest.mark.parametrize("rule", MERGED.rules, ids=[rule.id for rule in MERGED.rules])
each_documented = pytest.mark.parametrize("rule", ALL.values(), ids=ALL)


def every(heading: str):
    return pytest.mark.parametrize(
        ("rule", "body"),
        [
            pytest.param(rule, body, id=f"{rule.id}-{number}")
            for rule in MERGED.rules
            for number, body in enumerate(examples(rule, heading), 1)
        ],
    )


@pytest.fixture(scope="session")
def findings(dtb, dtbo):
    """An example is the body of a board; what follows `/plugin/;` in it is an overlay that is applied to it.

    The firmware serves PAS at EL2 unless a comment in the example says `pas_at_el2: false`.
    """

    def check(rule: Rule, body: str):
        board, _, overlay = body.partition("/plugin/;")
        data = dtb(f"/ {{\n{board}\n}};")
        merged = Merged.unchanged(blob.read(data, "test.dtb"), data)
        if overlay:
            overlay_data = dtbo(overlay)
            merged = merge(merged.tree, data, Overlay.of(blob.read(overlay_data, "test.dtbo")), overlay_data)
        return list(rule.check(System(merged, "pas_at_el2: false" not in body, max_iommus=1)))

    return check


@every("Fires on")
def test_the_rule_fires_on_its_example(findings, rule, body):
    assert findings(rule, body) != []


@every("Passes")
def test_the_rule_passes_its_example(findings, rule, body):
    assert findings(rule, body) == []


@each_documented
@pytest.mark.parametrize("heading", ["Fires on", "Passes"])
def test_a_rule_has_examples(rule, heading):
    assert examples(rule, heading) != []


@each_documented
def test_a_rule_documents_itself_in_order(rule):
    summary, *_ = rule.documentation.splitlines()
    found = re.findall(rf"^({'|'.join(HEADINGS)})\b[^\n]*:", rule.documentation, re.MULTILINE)
    assert summary.endswith(".")
    assert list(dict.fromkeys(found)) == list(HEADINGS)


@pytest.mark.parametrize("module", MODULES)
def test_the_id_of_a_rule_is_its_module_with_hyphens(module):
    assert module.replace("_", "-") == importlib.import_module(f"dtgen.rules.{module}").ID


def test_every_module_is_in_a_table_once():
    tabled = sorted(rule.id for stage in rules.STAGES for rule in stage.rules)
    assert tabled == list(ALL) == [module.replace("_", "-") for module in MODULES]


@each_rule
def test_a_rule_finds_nothing_in_an_empty_tree(findings, rule):
    assert findings(rule, "") == []


def test_run_gives_each_finding_with_its_rule_and_the_severity_of_the_project(dtb):
    data = dtb("""
        / {
            smmu: iommu { compatible = "arm,mmu-500"; #iommu-cells = <2>; };
            wide { iommus = <&smmu 0x13000 0x0>; };
            short { iommus = <&smmu 0x3000>; };
        };""")
    system = System(Merged.unchanged(blob.read(data, "test.dtb"), data))

    def found(severities):
        return {(o.rule, o.severity, str(o.finding.subject)) for o in run(MERGED, system, severities)}

    usual = {
        ("malformed-specifier", Severity.ERROR, "/short: iommus"),
        ("stream-width", Severity.ERROR, "/wide: iommus"),
    }
    assert found({}) == usual
    assert found({"stream-width": None, "malformed-specifier": Severity.INFO}) == {
        ("malformed-specifier", Severity.INFO, "/short: iommus")
    }


def test_a_rule_is_the_file_of_its_name_and_looks_at_what_its_stage_does() -> None:
    """The tables have names: no type checker sees what is behind them."""
    files = {file.stem.replace("_", "-") for file in Path(rules.__file__).parent.glob("*.py")}
    assert files - {"--init--"} == set(rules.ALL)
    stages = {name: kind for name, kind in rules.__annotations__.items() if kind.startswith("Stage[")}
    assert {id(vars(rules)[name]) for name in stages} == set(map(id, rules.STAGES))
    for name, kind in stages.items():
        for rule in vars(rules)[name].rules:
            module = sys.modules[rule.check.__module__]
            looked_at = next(iter(rule.check.__annotations__.values()))
            assert (rule.id, module.ID, f"Stage[{looked_at}]") == (rule.id, rule.id, kind)
