"""The pictures of the pixel contract: made from a seed, saved with the tensors that Python makes of them.

`pixels.test.ts` has both browsers decode and prepare the same files, and compares number for number.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin
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


def _encode(name: str) -> bytes:
    image, options = PICTURES[name]()
    buffer = io.BytesIO()
    kind = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[name.rsplit(".", 1)[1]]
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _write_damaged(folder: Path) -> list[str]:
    """Write the damaged pictures, all of which Python must refuse; returns their names."""
    for name in DAMAGED:
        data = _encode(name)
        cut = data[: len(data) * 3 // 5]
        try:
            decode(cut)
        except ImageError:
            (folder / f"cut-{name}").write_bytes(cut)
        else:
            raise AssertionError(f"backend.data.images.decode takes the cut {name} for a whole picture")
    return [f"cut-{name}" for name in DAMAGED]


def write_pictures(folder: Path) -> None:
    """Write the made-up pictures with what is expected of them, and the damaged ones."""
    folder.mkdir(parents=True, exist_ok=True)
    write_tensors({name: _encode(name) for name in PICTURES}, folder, _write_damaged(folder))


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
