"""What happens to a thumbnail on its way to a model: the page that shows it, and the camera that takes the screen."""

from __future__ import annotations

from collections.abc import Callable

from backend.images import Pixels
from backend.simulation.camera import GEOMETRY, camera_view
from backend.simulation.effects import CAMERA, PAGE, Effect, Generator
from backend.simulation.page import page_view

CLEAN = "clean"  # the name of a picture as it is, beside those of views
VERSION = 1  # of everything in here that decides what a view looks like

VIEWS: dict[str, Callable[[Pixels, Generator], Pixels]] = {"page": page_view, "camera": camera_view}
FAMILIES: dict[str, tuple[Effect, ...]] = {"camera": (*GEOMETRY, *CAMERA), "page": PAGE}
