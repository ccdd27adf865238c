"""Stacks of tables: found, applied in order, and the room that U-Boot gives them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.checks.pieces import Shelf
from dtgen.checks.stacks import Prover
from dtgen.delivery import extlinux, fit, its, makefile, yocto
from dtgen.delivery.stacks import Delivery, Proof, Room, room
from dtgen.delivery.table import Configuration, Form, Image, Piece, Table
from dtgen.devicetree import blob
from dtgen.diagnostics import Location
from dtgen.project.layout import KernelTree

Compile = Callable[[str], bytes]
BASE = 'soc { dsp: dsp { compatible = "x"; }; };'
BASE = f'/ {{ compatible = "test,board"; {BASE} }};'
EL2 = '&dsp { el2: el2 { status = "okay"; }; };'
ON_TOP = '&el2 { status = "disabled"; };'


def _tree(directory: Path) -> KernelTree:
    sources = directory / "arch/arm64/boot/dts/qcom"
    sources.mkdir(parents=True)
    (directory / "Documentation/devicetree/bindings").mkdir(parents=True)
    head = "/dts-v1/;\n"
    for name, text in (("a.dts", BASE), ("b,lvds.dts", BASE)):
        (sources / name).write_text(head + text)
    for name, text in (("a-el2.dtso", EL2), ("top-el2.dtso", ON_TOP)):
        (sources / name).write_text(f"{head}/plugin/;\n{text}")
    (sources / "Makefile").write_text(
        "a-el2-dtbs := a.dtb a-el2.dtbo\nboth-dtbs := \\\n\ta-el2.dtb top-el2.dtbo\n"
        "round-dtbs := round.dtb a-el2.dtbo\ngone-dtbs := gone.dtb a-el2.dtbo\n"
    )
    return KernelTree.at(directory)


@pytest.fixture(scope="module")
def prover(tmp_path_factory: pytest.TempPathFactory) -> Prover:
    directory = tmp_path_factory.mktemp("kernel")
    return Prover(Shelf(_tree(directory), directory / "cache"))


def _yocto(*stacks: str) -> Table:
    lines = (f'FIT_DTB_COMPATIBLE[qcom_c{i}] = "{stack}"\n' for i, stack in enumerate(stacks))
    return yocto.read("".join(lines), "/nowhere/t.inc")


def _one(delivery: Delivery) -> Proof:
    (proof,) = delivery.proofs
    return proof


def test_a_stack_is_applied_in_its_order(prover: Prover) -> None:
    proof = _one(prover.prove(_yocto("a a-el2 top-el2"), None))
    assert proof.stack
    assert proof.stack.tree.nodes["/soc/dsp/el2"].status == "disabled"
    assert proof.base


def test_of_a_wrong_order_the_right_one_is_known(prover: Prover) -> None:
    proof = _one(prover.prove(_yocto("a top-el2 a-el2"), None))
    assert (proof.stack, proof.order) == (None, ("a", "a-el2", "top-el2"))
    assert proof.refused_at
    assert str(proof.refused_at.location) == "/nowhere/t.inc:1:34"
    never = _one(prover.prove(_yocto("b_lvds top-el2"), None))
    assert never.refused
    assert never.order == ()


def test_equal_stacks_of_two_configurations_have_places_of_their_own(prover: Prover) -> None:
    first, second = prover.prove(_yocto("a top-el2 a-el2", "a top-el2 a-el2"), None).proofs
    assert first.refused == second.refused
    assert second.refused_at
    assert second.refused_at.location.line == 2


def test_a_comma_in_a_files_name_may_be_an_underscore(prover: Prover) -> None:
    assert _one(prover.prove(_yocto("b_lvds"), None)).complete


def test_what_is_nowhere(prover: Prover) -> None:
    proof = _one(prover.prove(_yocto("a staging a-el2"), None))
    assert [bool(found) for found in proof.pieces] == [True, False, True]
    assert (proof.complete, proof.stack) == (False, None)


@pytest.mark.parametrize(("name", "parts"), [("a-el2", 1), ("both", 2)])
def test_composites_of_the_makefile_and_composites_of_these(name: str, parts: int, prover: Prover) -> None:
    proof = _one(prover.prove(_yocto(name), None))
    assert proof.base
    assert "/soc/dsp/el2" in proof.base.tree.nodes
    assert len(proof.base.parts) == parts


@pytest.mark.parametrize("name", ["round", "gone"])
def test_composites_that_cannot_be_made_are_nowhere(name: str, prover: Prover) -> None:
    assert not _one(prover.prove(_yocto(name), None)).complete


def test_files_beside_a_table_come_first(dtb: Compile, dtbo: Compile, tmp_path: Path, prover: Prover) -> None:
    (tmp_path / "boot/extlinux").mkdir(parents=True)
    (tmp_path / "boot/a.dtb").write_bytes(dtb('/ { compatible = "mine"; soc { dsp: dsp { }; }; };'))
    (tmp_path / "boot/a-el2.dtbo").write_bytes(dtbo(EL2))
    text = "label x\nfdt /a.dtb\nfdtoverlays /a-el2.dtbo\n"
    table = extlinux.read(text, str(tmp_path / "boot/extlinux/extlinux.conf"))
    proof = _one(prover.prove(table, None))
    assert proof.stack
    assert proof.stack.tree.root.compatible == ("mine",)


def test_a_blob_that_is_none_is_said_and_the_others_are_looked_at(tmp_path: Path, prover: Prover) -> None:
    (tmp_path / "a.dtb").write_bytes(b"hsqs")
    source = (
        '/dts-v1/; / { images { a { data = /incbin/("a.dtb"); }; }; configurations { c { fdt = "a"; }; }; };'
    )
    proof = _one(prover.prove(its.read(source, str(tmp_path / "a.its")), None))
    assert [d.rule for d in proof.broken] == ["malformed-blob"]


def test_makefiles_are_proved_too(prover: Prover) -> None:
    assert prover.shelf.tree
    file = prover.shelf.tree.source("qcom/Makefile")
    proofs = prover.prove(makefile.read(file.read_text(), str(file)), None).proofs
    assert [bool(proof.stack) for proof in proofs] == [True, True, False, False]


def _fit(base: bytes, *overlays: bytes) -> Table:
    here = Location("f.itb")
    images = [Image(f"i{i}", here, "flat_dt", None, data) for i, data in enumerate((base, *overlays))]
    pieces = tuple(Piece(image.name, here) for image in images)
    return fit.read(fit.write("t", images, [Configuration("c", here, pieces)]), "f.itb")


def test_images_of_a_fit_are_its_own(dtb: Compile, dtbo: Compile, prover: Prover) -> None:
    proof = _one(prover.prove(_fit(dtb(BASE), dtbo(EL2)), None))
    assert proof.stack
    assert (proof.cramped, proof.base and proof.base.file) == (None, "f.itb: i0")


def test_a_label_deep_in_the_tree_takes_more_room_than_the_overlay_has(
    dtb: Compile, dtbo: Compile, prover: Prover
) -> None:
    """Each label's path grows by that of the target: the loader has room for the overlay's own alone."""
    name = "n" * 200
    base = dtb(f"/ {{ {name} {{ {name} {{ dsp: dsp {{ }}; }}; }}; }};")
    overlay = dtbo("&dsp { " + " ".join(f"l{i}: n{i} {{ }};" for i in range(20)) + " };")
    proof = _one(prover.prove(_fit(base, overlay), None))
    assert proof.stack
    assert isinstance(proof.cramped, Room)
    assert proof.cramped.given == len(base) + len(overlay)
    assert proof.cramped.needed == len(blob.apply(base, overlay)) > proof.cramped.given


def test_extlinux_has_whole_pages_and_8_kib(dtb: Compile, dtbo: Compile) -> None:
    base = dtb(BASE)
    assert room(Form.EXTLINUX, base, b"") == 0x3000
    assert room(Form.EXTLINUX, base + bytes(9999), b"") == 0x3000
    assert room(Form.FIT, base, b"12345") == len(base) + 5
    assert blob.fits(base, dtbo(EL2), 0x3000)
    assert not blob.fits(base, dtbo(EL2), len(base))
    assert not blob.fits(base, dtbo(EL2), 10)
