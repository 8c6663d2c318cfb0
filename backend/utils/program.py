"""The commands that messages name as the next step: by the name under which the person has them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

INSTALLED = {"backend": "thumbprint", "converter": "thumbprint-convert"}


def command(arguments: str, module: Literal["backend", "converter"] = "backend") -> str:
    """Return `thumbprint ARGUMENTS` where the installed command was started, else `python -m backend ARGUMENTS`, which
    works in every checkout.
    """
    installed = Path(sys.argv[0]).stem in INSTALLED.values()  # without Windows' .exe
    return f"{INSTALLED[module] if installed else f'python -m {module}'} {arguments}"
