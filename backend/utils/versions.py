"""Which versions computed a figure: Python's, and those of the packages that it depends on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

# By the names that runs record; TensorFlow's build without CUDA is a package of another name.
PACKAGES = {
    "tensorflow": ("tensorflow-cpu", "tensorflow"),
    "keras": ("keras",),
    "ai-edge-litert": ("ai-edge-litert",),
    "numpy": ("numpy",),
    "scikit-learn": ("scikit-learn",),
    "pillow": ("pillow",),
}


def versions() -> dict[str, str]:
    """Return the version of Python and of every package that is installed."""
    installed = {name: _installed(packages) for name, packages in PACKAGES.items()}
    return {"python": platform.python_version(), **{name: v for name, v in installed.items() if v is not None}}


def _installed(packages: tuple[str, ...]) -> str | None:
    for package in packages:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return None
