"""Files that hold devicetrees and are none."""

from __future__ import annotations

import gzip
import lzma
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dtgen.devicetree import blob
from dtgen.errors import Rejected

FIT = """/ {
    images {
        kernel-1 { type = "kernel"; };
        fdt-a { type = "flat_dt"; };
        fdt-b { type = "flat_dt"; };
    };
    configurations { };
};
"""


def refused(data: bytes, file: str = "out/tree.img") -> tuple[str, str]:
    with pytest.raises(Rejected) as failed:
        blob.read_one(data, file)
    (diagnostic,) = failed.value.diagnostics
    assert (diagnostic.rule, str(diagnostic.location)) == ("malformed-blob", file)
    return diagnostic.message, diagnostic.help


@pytest.mark.parametrize(
    ("start", "name", "command"),
    [
        (b"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it first: zstd -dc out/tree.img > tree.dtb"),
        (
            b"\xd7\xb7\xab\x1e",
            "a dtbo image of Android",
            "take the devicetree out first: mkdtboimg dump out/tree.img -b tree",
        ),
        (
            b"ANDROID!",
            "a boot image of Android",
            "take the devicetree out first: unpack_bootimg --boot_img out/tree.img --out DIR",
        ),
        (
            b"MZ\0\0.dtb\0\0\0\0",
            "a unified kernel image",
            "take the devicetree out first: objcopy -O binary --only-section=.dtb out/tree.img tree.dtb",
        ),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            "a pointer of Git LFS",
            "fetch it first: git lfs pull --include out/tree.img",
        ),
    ],
)
def test_what_begins_like_no_blob_is_named(start: bytes, name: str, command: str) -> None:
    assert refused(start + bytes(4096)) == (f"this is not a devicetree blob: it is {name}", command)


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gzip"), (lzma.compress, "xz")])
def test_the_command_unpacks_what_is_compressed(
    dtb: Callable[[str], bytes], tmp_path: Path, pack: Callable[[bytes], bytes], name: str
) -> None:
    data = dtb("/ { };")
    (tmp_path / "a b.dtb.gz").write_bytes(pack(data))
    message, help = refused(pack(data), "a b.dtb.gz")
    assert message == f"this is not a devicetree blob: it is compressed with {name}"
    assert help == f"unpack it first: {name} -dc 'a b.dtb.gz' > 'a b.dtb'"
    subprocess.run(help.removeprefix("unpack it first: "), shell=True, cwd=tmp_path, check=True)
    assert (tmp_path / "a b.dtb").read_bytes() == data


def test_a_fit_image(dtb: Callable[[str], bytes]) -> None:
    data = dtb(FIT)
    assert refused(data, "image.itb") == (
        "this is a FIT image; the devicetrees in it are fdt-a, fdt-b",
        "take one out first: dumpimage -T flat_dt -p 1 -o image.dtb image.itb",
    )
    named_as_tree = refused(data, "image.dtb")[1]
    assert named_as_tree.endswith("-o image-1.dtb image.dtb")  # which would overwrite its input
    blob.read(data, "image.itb")  # what reads FIT images may
    without = dtb("/ { images { }; configurations { }; };")
    assert refused(without)[0] == "this is a FIT image without a devicetree"


def test_several_blobs_in_one_file(dtb: Callable[[str], bytes], tmp_path: Path) -> None:
    one, two = dtb("/ { one; };"), dtb("/ { two; };")
    data = one + bytes(100) + two + one
    (tmp_path / "all.dtb").write_bytes(data)
    message, help = refused(data, "all.dtb")
    second, third = len(one) + 100, len(one) + 100 + len(two)
    assert message == f"3 devicetree blobs in one file, at 0x0, 0x{second:x}, 0x{third:x}"
    subprocess.run(help.removeprefix("take one out first: "), shell=True, cwd=tmp_path, check=True)
    assert (tmp_path / "all-1.dtb").read_bytes() == two


def test_what_pads_a_blob_is_no_second_one(dtb: Callable[[str], bytes]) -> None:
    data = dtb("/ { one; };")
    for padding in (bytes(4096), data[:8] + bytes(64)):
        assert blob.read_one(data + padding, "padded.dtb").root == blob.read(data, "one.dtb").root
