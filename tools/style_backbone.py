"""Write the network that `style` has with it, from weights of MobileNetV2: what it runs, slimmed and rounded, and the
same compiled for LiteRT, without the weights.

usage: python tools/style_backbone.py WEIGHTS.h5 SOURCE LICENCE
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.models.features import graph
from backend.models.litert import SHIPPED as SHIPPED_FRAME
from backend.models.litert import compile_frame
from backend.models.style import Style
from backend.models.weights import SHIPPED, load_weights, pack_rounded_layers


def main(path: str, source: str, licence: str) -> None:
    style = Style()
    weights = style.prepared(load_weights(Path(path), style.taps[-1]))
    provenance = {
        "network": "MobileNetV2 1.0 (Sandler et al., 2018), trained on ImageNet",
        "source": source,
        "licence": licence,
        "sha256": weights.sha256,
        "layers": f"up to {style.taps[-1]}, without {', '.join(style.left_out)} and dead filters",
    }
    _write(SHIPPED, pack_rounded_layers(weights.layers, provenance))
    _write(SHIPPED_FRAME, compile_frame(graph(style.taps, style.spec), weights.layers).pack())


def _write(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    print(f"{file}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
