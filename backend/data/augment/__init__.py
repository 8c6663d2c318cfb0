"""What happens to a thumbnail on its way to a model: the page that shows it, and the camera that takes the screen."""

from __future__ import annotations

from collections.abc import Callable

from backend.data.augment.camera import GEOMETRY, camera_view
from backend.data.augment.corruptions import CAMERA, PAGE, Corruption, Generator
from backend.data.augment.page import page_view
from backend.data.images import Pixels

CLEAN = "clean"  # the name of a picture as it is, beside those of views
VERSION = 1  # of everything in here that decides what a view looks like

VIEWS: dict[str, Callable[[Pixels, Generator], Pixels]] = {"page": page_view, "camera": camera_view}
CORRUPTION_GROUPS: dict[str, tuple[Corruption, ...]] = {"camera": (*GEOMETRY, *CAMERA), "page": PAGE}
