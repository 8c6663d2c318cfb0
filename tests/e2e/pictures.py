"""The pictures of the pixel contract: made from a seed, saved with the tensors that Python makes of them.

`pixels.test.ts` has both browsers decode and prepare the same files, and compares number for number.
"""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageDraw, ImageFont, PngImagePlugin
from product import barred

from backend.data.images import InputSpec, decode, preprocess
from backend.utils.errors import ImageError

SPECS = {
    "stretch-128x224": InputSpec(128, 224, "stretch"),
    "pad-224x224": InputSpec(224, 224, "pad"),
}
ORIENTATION = 0x0112  # EXIF tag


def texture(width: int, height: int, seed: int) -> Image.Image:
    """Draw gradients, coloured noise, hard edges and text: whatever separates one resize or decoder from another."""
    rng = np.random.default_rng(seed)
    ramps = np.meshgrid(np.linspace(40, 230, width), np.linspace(230, 40, height))
    gradient = np.stack([*ramps, (ramps[0] + ramps[1]) / 2], axis=2)
    noisy = gradient + rng.normal(0, 18, gradient.shape)
    image = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        colour = tuple(int(level) for level in rng.integers(0, 256, 3))
        draw.rectangle((x, y, x + width // 6, y + height // 7), fill=colour)
    for x in range(0, width, 9):
        draw.line((x, height * 3 // 4, x + height // 4, height), fill=(250, 250, 250))
    font = ImageFont.load_default(max(12, height // 5))
    draw.text((width // 12, height // 3), f"Seed {seed}!", font=font, fill="white", stroke_width=2, stroke_fill="black")
    return image


def rotated(width: int, height: int, seed: int, orientation: int) -> tuple[Image.Image, dict[str, Any]]:
    """Draw a picture that is upright only by its EXIF orientation; returns it with what `save` needs."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return texture(width, height, seed), {"exif": exif}


def transparent(width: int, height: int, seed: int, edge: int = 255) -> Image.Image:
    """Draw a picture whose opacity falls from full on the left to `255 - edge` on the right, and which has a hole."""
    image = texture(width, height, seed).convert("RGBA")
    alpha = np.tile(np.linspace(255, 255 - edge, width).astype(np.uint8), (height, 1))
    alpha[height // 4 : height // 2, width // 4 : width // 2] = 0
    image.putalpha(Image.fromarray(alpha))
    return image


def gamma_chunk() -> PngImagePlugin.PngInfo:
    """Return a `gAMA` chunk of 1.0: a browser that manages colours would brighten the whole picture."""
    info = PngImagePlugin.PngInfo()
    info.add(b"gAMA", struct.pack(">I", 100_000))
    return info


Make = Callable[[], tuple[Image.Image, dict[str, Any]]]

PICTURES: dict[str, Make] = {
    "bars-480x360.jpg": lambda: (barred(texture(480, 270, 1), 480, 360), {"quality": 85}),
    "full-480x360.jpg": lambda: (texture(480, 360, 2), {"quality": 85}),
    "pillars-480x200.jpg": lambda: (barred(texture(356, 200, 3), 480, 200), {"quality": 85}),
    "mq-320x180.jpg": lambda: (texture(320, 180, 4), {"quality": 85}),
    "max-1280x720.jpg": lambda: (texture(1280, 720, 5), {"quality": 85}),
    "lossy-480x360.webp": lambda: (barred(texture(480, 270, 6), 480, 360), {"quality": 75}),
    "lossless-320x180.webp": lambda: (texture(320, 180, 7), {"lossless": True}),
    "hole-320x180.png": lambda: (transparent(320, 180, 20, edge=0), {}),
    "transparent-320x180.png": lambda: (transparent(320, 180, 8), {}),
    "transparent-320x180.webp": lambda: (transparent(320, 180, 9), {"quality": 80}),
    "palette-320x180.png": lambda: (texture(320, 180, 10).quantize(64), {}),
    "gamma-320x180.png": lambda: (texture(320, 180, 11), {"pnginfo": gamma_chunk()}),
    "exif6-720x1280.jpg": lambda: rotated(720, 1280, 12, orientation=6),
    "exif3-320x180.jpg": lambda: rotated(320, 180, 13, orientation=3),
    "progressive-640x480.jpg": lambda: (texture(640, 480, 14), {"progressive": True, "quality": 80}),
    "full-chroma-480x270.jpg": lambda: (texture(480, 270, 15), {"subsampling": 0, "quality": 95}),
    "grey-320x180.jpg": lambda: (texture(320, 180, 16).convert("L"), {"quality": 85}),
    "odd-301x169.jpg": lambda: (texture(301, 169, 17), {"quality": 85}),
    "tall-400x700.jpg": lambda: (texture(400, 700, 18), {"quality": 85}),
    "tiny-40x30.jpg": lambda: (texture(40, 30, 19), {"quality": 85}),
}


# Also as files that end after three fifths of their bytes, in the formats that YouTube sends: half a picture is an
# error, not an answer. (Of a cut PNG, Firefox paints what there is.)
DAMAGED = ("mq-320x180.jpg", "progressive-640x480.jpg", "lossy-480x360.webp")


def segment(marker: int, contents: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(contents)) + contents


def exif(orientation: int, kind: int = 3, count: int = 1) -> bytes:
    """Return EXIF data that says nothing but an orientation, as a short unless another kind is named."""
    value = struct.pack(">HH", orientation, 0) if kind == 3 else struct.pack(">I", orientation)
    return b"MM\0*" + struct.pack(">IHHHI", 8, 1, ORIENTATION, kind, count) + value + bytes(4)


def xmp(orientation: int) -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><d tiff:Orientation="{orientation}"/></x:xmpmeta>'.encode()


EXIF_NAME, XMP_NAME = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"


def jpeg(seed: int, *segments: bytes, end: bytes = b"", **options: Any) -> bytes:
    """Make a JPEG with more segments behind its first, and with bytes behind its end."""
    image = texture(320, 180, seed)
    data = _saved(image.convert(options.pop("mode", "RGB")), {"quality": 90, **options}, "jpg")
    place = 4 + int.from_bytes(data[4:6], "big") if data[2:4] == b"\xff\xe0" else 2
    return data[:place] + b"".join(segments) + data[place:] + end


def app1(*contents: bytes) -> bytes:
    return segment(0xE1, b"".join(contents))


def chunk(kind: bytes, contents: bytes) -> bytes:
    return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))


def with_chunks(data: bytes, *chunks: bytes, before: bytes = b"IDAT") -> bytes:
    place = data.index(before) - 4
    return data[:place] + b"".join(chunks) + data[place:]


def raw_png(seed: int, colour: int, depth: int, *chunks: bytes) -> bytes:
    """Make a PNG of 320x180 of a colour type (0 grey, 2 RGB, 4 grey and opacity, 6 RGBA) and bits that Pillow cannot.

    Low bytes of 16 bits are noise.
    """
    rng = np.random.default_rng(seed)
    pixels = np.asarray(transparent(320, 180, seed)).astype(np.uint16)
    grey = pixels[..., :3].mean(axis=2).astype(np.uint16)[..., None]
    planes = {0: grey, 2: pixels[..., :3], 4: np.concatenate([grey, pixels[..., 3:]], 2), 6: pixels}[colour]
    if depth == 16:
        rows = (planes << 8 | rng.integers(0, 256, planes.shape).astype(np.uint16)).astype(">u2")
        packed = rows.reshape(180, -1).view(np.uint8)
    else:
        bits = np.unpackbits((planes >> (8 - depth)).astype(np.uint8)[..., None], axis=-1)[..., 8 - depth :]
        packed = np.packbits(bits.reshape(180, -1), axis=1)
    body = b"".join(b"\0" + row.tobytes() for row in packed)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 320, 180, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def hole16(seed: int, colour: int) -> bytes:
    """Make a PNG of 16 bits, of a colour type, in which white with noise in its low byte is there and white is not."""
    data = raw_png(seed, colour, 16)
    start = data.index(b"IDAT") + 4
    size = int.from_bytes(data[start - 8 : start - 4], "big")
    samples = 3 if colour == 2 else 1
    rows = np.frombuffer(zlib.decompress(data[start : start + size]), np.uint8).reshape(180, -1).copy()
    rows[40:90, 1 : 1 + 80 * 2 * samples] = 255
    if colour == 0:
        rows[60:90, 2 : 2 + 80 * 2 : 2] = 254  # white in eight bits only
    white = chunk(b"tRNS", b"\xff" * 2 * samples)
    return data[: start - 8] + white + chunk(b"IDAT", zlib.compress(rows.tobytes())) + chunk(b"IEND", b"")


def two_orientations() -> bytes:
    """Return EXIF data that says two orientations, the first of them 1."""
    entries = b"".join(struct.pack(">HHIHH", ORIENTATION, 3, 1, orientation, 0) for orientation in (1, 6))
    return b"MM\0*" + struct.pack(">IH", 8, 2) + entries + bytes(4)


def late_exif(seed: int) -> bytes:
    """Make a JPEG whose EXIF stands behind its tables and its size."""
    data = jpeg(seed)
    place = data.index(b"\xff\xda")
    return data[:place] + app1(EXIF_NAME, exif(6)) + data[place:]


def swapped_profile() -> bytes:
    """Return an ICC profile by which red is blue: a browser that heeds it shows other colours."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"tmp_").replace(b"bXYZ", b"rXYZ").replace(b"tmp_", b"bXYZ")


def animated(kind: str, seed: int, **options: Any) -> bytes:
    """Make an animation of two frames; with `default_image`, of an APNG, the first is no part of it."""
    frames = [texture(320, 180, seed + number) for number in range(3)]
    return _saved(frames[0], {"save_all": True, "append_images": frames[1:], "duration": 500, **options}, kind)


def motion_photo(seed: int) -> bytes:
    """Make a JPEG with a film behind its end, full of what looks like a JPEG's markers."""
    film = np.random.default_rng(seed).integers(0, 256, 50_000).astype(np.uint8).tobytes()
    return jpeg(seed, end=b"\0\0\0\x18ftypmp42" + film + b"\xff\xda\xff\xd8\xff\xe1" * 1000)


def mpo(seed: int, orientation: int) -> bytes:
    """Make a file of two JPEGs, as cameras for two eyes do."""
    image, options = rotated(320, 180, seed, orientation)
    return _saved(image, {"save_all": True, "append_images": [texture(320, 180, seed + 1)], **options}, "mpo")


def cmyk(seed: int, transform: int | None) -> bytes:
    """Make a JPEG of four inks, whose Adobe marker says the transform (0 none, 2 YCCK), or that has no such marker."""
    data = jpeg(seed, mode="CMYK")
    place = data.index(b"\xff\xee")
    end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return data[:place] + (b"" if transform is None else data[place : end - 1] + bytes([transform])) + data[end:]


def palette(seed: int) -> bytes:
    image = texture(320, 180, seed).quantize(64)
    return _saved(image, {"transparency": bytes(range(0, 256, 4))}, "png")


def frame_in_corner(seed: int, *frames: bytes) -> bytes:
    """Make an APNG whose default picture is none of its frames; its only frame covers a part, unless told otherwise."""
    corner = np.asarray(texture(100, 80, seed + 1))
    body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in corner))
    frames = frames or (
        chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 100, 80, 50, 40, 1, 1, 0, 1)),
        chunk(b"fdAT", struct.pack(">I", 1) + body),
    )
    whole = with_chunks(_saved(texture(320, 180, seed), {}, "png"), chunk(b"acTL", struct.pack(">II", 1, 0)))
    return with_chunks(whole, *frames, before=b"IEND")


def webp_in_corner(seed: int) -> bytes:
    """Make an animated WebP whose first frame covers a part of a canvas that is white underneath."""
    still = _saved(texture(100, 80, seed), {"lossless": True}, "webp")[12:]

    def part(kind: bytes, contents: bytes) -> bytes:
        return kind + struct.pack("<I", len(contents)) + contents + bytes(len(contents) % 2)

    def three(*numbers: int) -> bytes:
        return b"".join(number.to_bytes(3, "little") for number in numbers)

    head = part(b"VP8X", bytes([2, 0, 0, 0]) + three(319, 179)) + part(b"ANIM", b"\xff\xff\xff\xff\0\0")
    frames = part(b"ANMF", three(25, 20, 99, 79, 100) + b"\0" + still)
    return b"RIFF" + struct.pack("<I", 4 + len(head) + 2 * len(frames)) + b"WEBP" + head + 2 * frames


# What browsers and Python could take for other pixels: these files are made byte by byte.
FILES: dict[str, Callable[[], bytes]] = {
    "xmp6-320x180.jpg": lambda: jpeg(30, app1(XMP_NAME, xmp(6))),
    "xmp6-exif1-320x180.jpg": lambda: jpeg(31, app1(XMP_NAME, xmp(6)), app1(EXIF_NAME, exif(1))),
    "xmp-before-exif6-320x180.jpg": lambda: jpeg(32, app1(XMP_NAME, xmp(1)), app1(EXIF_NAME, exif(6))),
    "exif3-exif6-320x180.jpg": lambda: jpeg(33, app1(EXIF_NAME, exif(3)), app1(EXIF_NAME, exif(6))),
    "exif0-320x180.jpg": lambda: jpeg(34, app1(EXIF_NAME, exif(0))),
    "exif9-320x180.jpg": lambda: jpeg(35, app1(EXIF_NAME, exif(9))),
    "exif6-long-320x180.jpg": lambda: jpeg(36, app1(EXIF_NAME, exif(6, kind=4))),
    "exif6-twice-320x180.jpg": lambda: jpeg(37, app1(EXIF_NAME, exif(6, count=2))),
    "exif6-320x180.png": lambda: _saved(*rotated(320, 180, 38, 6), kind="png"),
    "late-exif6-320x180.png": lambda: with_chunks(
        _saved(texture(320, 180, 39), {}, "png"), chunk(b"eXIf", exif(6)), before=b"IEND"
    ),
    "xmp6-320x180.png": lambda: with_chunks(
        _saved(texture(320, 180, 40), {}, "png"), chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(6))
    ),
    "profile-exif6-320x180.png": lambda: with_chunks(
        _saved(texture(320, 180, 41), {}, "png"),
        chunk(b"tEXt", b"Raw profile type exif\0\nexif\n      32\n" + (EXIF_NAME + exif(6)).hex().encode()),
    ),
    "exif6-320x180.webp": lambda: _saved(*rotated(320, 180, 42, 6), kind="webp"),
    "xmp6-320x180.webp": lambda: _saved(texture(320, 180, 43), {"xmp": xmp(6)}, "webp"),
    "mpo-exif6-320x180.jpg": lambda: mpo(44, 6),
    "motion-320x180.jpg": lambda: motion_photo(46),
    "animated-320x180.png": lambda: animated("png", 50),
    "animated-default-320x180.png": lambda: animated("png", 53, default_image=True),
    "animated-320x180.webp": lambda: animated("webp", 56, lossless=True),
    "palette-alpha-320x180.png": lambda: palette(59),
    "grey-alpha-320x180.png": lambda: raw_png(60, 4, 8),
    "grey2-320x180.png": lambda: raw_png(61, 0, 2),
    "grey2-hole-320x180.png": lambda: raw_png(62, 0, 2, chunk(b"tRNS", b"\0\2")),
    "grey8-hole-320x180.png": lambda: raw_png(63, 0, 8, chunk(b"tRNS", b"\0\x80")),
    "grey16-320x180.png": lambda: raw_png(64, 0, 16),
    "grey16-alpha-320x180.png": lambda: raw_png(65, 4, 16),
    "rgb16-320x180.png": lambda: raw_png(66, 2, 16),
    "rgba16-320x180.png": lambda: raw_png(67, 6, 16),
    "grey1-hole-320x180.png": lambda: raw_png(79, 0, 1, chunk(b"tRNS", b"\0\1")),
    "grey4-hole-320x180.png": lambda: raw_png(80, 0, 4, chunk(b"tRNS", b"\0\x0a")),
    "grey16-hole-320x180.png": lambda: hole16(81, 0),
    "rgb8-hole-320x180.png": lambda: _saved(texture(320, 180, 83), {"transparency": (250, 250, 250)}, "png"),
    "corner-320x180.png": lambda: frame_in_corner(84),
    "corner-320x180.webp": lambda: webp_in_corner(88),
    "exif-twice-320x180.jpg": lambda: jpeg(89, app1(EXIF_NAME, two_orientations())),
    "exif6-late-320x180.jpg": lambda: late_exif(90),
    "cmyk-320x180.jpg": lambda: cmyk(70, 0),
    "ycck-320x180.jpg": lambda: cmyk(71, 2),
    "cmyk-plain-320x180.jpg": lambda: cmyk(72, None),
    "rgb-320x180.jpg": lambda: jpeg(73, keep_rgb=True),
    "icc-320x180.jpg": lambda: jpeg(74, icc_profile=swapped_profile()),
    "icc-320x180.png": lambda: _saved(texture(320, 180, 75), {"icc_profile": swapped_profile()}, "png"),
    "icc-320x180.webp": lambda: _saved(texture(320, 180, 76), {"icc_profile": swapped_profile()}, "webp"),
    "hdr-320x180.png": lambda: with_chunks(
        _saved(texture(320, 180, 77), {}, "png"), chunk(b"cICP", bytes([9, 16, 0, 1]))
    ),
    "image-jpg-320x180.jpg": lambda: jpeg(78),  # sent as image/jpg
}


def _encode(name: str) -> bytes:
    return _saved(*PICTURES[name](), kind=name.rsplit(".", 1)[1])


def _saved(image: Image.Image, options: dict[str, Any], kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, {"jpg": "JPEG"}.get(kind, kind), **options)
    return buffer.getvalue()


def damaged_files() -> dict[str, bytes]:
    whole = {name: _encode(name) for name in DAMAGED}
    cut = {f"cut-{name}": data[: len(data) * 3 // 5] for name, data in whole.items()}
    scans = whole["progressive-640x480.jpg"]
    last = scans[scans.rindex(b"\xff\xda") : -2]
    return cut | {
        "no-frames-320x180.png": frame_in_corner(86, b""),
        "scans-640x480.jpg": scans[:-2] + last * 60 + scans[-2:],
    }


def _write_damaged(folder: Path) -> list[str]:
    """Write the damaged pictures, all of which Python must refuse; returns their names."""
    files = damaged_files()
    for name, data in files.items():
        try:
            decode(data)
        except ImageError:
            (folder / name).write_bytes(data)
        else:
            raise AssertionError(f"backend.data.images.decode takes {name} for a whole picture")
    return list(files)


def write_pictures(folder: Path) -> None:
    """Write the made-up pictures with what is expected of them, and the damaged ones."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {name: _encode(name) for name in PICTURES} | {name: make() for name, make in FILES.items()}
    write_tensors(pictures, folder, _write_damaged(folder))


def write_tensors(pictures: Mapping[str, bytes], folder: Path, damaged: Sequence[str] = ()) -> None:
    """Write pictures, the tensors expected of each (`NAME.SPEC.bin`, uint8), and `expected.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in pictures.items():
        (folder / name).write_bytes(data)
        for label, spec in SPECS.items():
            (folder / f"{name}.{label}.bin").write_bytes(preprocess(data, spec).tobytes())
    specs = {label: {"height": s.height, "width": s.width, "fit": s.fit} for label, s in SPECS.items()}
    expected = {"pictures": list(pictures), "damaged": list(damaged), "specs": specs}
    (folder / "expected.json").write_text(json.dumps(expected, indent=1))
