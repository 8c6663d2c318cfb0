"""The local server: a run's report, its answers and its model, for this machine alone or for whom it lets in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask

from backend.server.api import api
from backend.server.context import Explaining, Predictor, ServerContext
from backend.server.model_files import model_files
from backend.server.origin_policy import LOOPBACK, enforce_origin_policy
from backend.server.pages import pages
from backend.server.problems import register_error_handlers
from backend.server.try_page import try_page
from backend.server.upload import MAX_BYTES, PARTS
from backend.server.workers import Workers
from backend.utils.tf_quiet import held_stderr

if TYPE_CHECKING:
    from backend.models.run import Run
    from backend.server.pairing import Pairing

EXTENSION = Path(__file__).resolve().parents[2] / "extension"
MODEL_FOLDER = EXTENSION / "model"
PAGE_FOLDER = EXTENSION / "build-try"


def create_app(
    run: Run,
    *,
    origins: Sequence[str] = (),
    model_folder: Path | None = None,
    page_folder: Path | None = None,
    hosts: Sequence[str] = LOOPBACK,
    pairing: Pairing | None = None,
    model: Predictor | None = None,
    explainer: Explaining | None = None,
    workers: Workers | None = None,
) -> Flask:
    """Return the application of a run, its model loaded and tried once.

    origins: further origins that may ask for everything; model_folder: a converted model, `extension/model` by default;
    page_folder: the page to try pictures that `make build` makes; hosts: the names that the server goes by;
    pairing: lets in others than this machine;
    model, explainer: what answers, the run's own by default. Raises ServerError for what is not an origin.
    """
    app = Flask("thumbprint", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    app.config["MAX_FORM_PARTS"] = PARTS
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of Flask's own provider, which this is
    enforce_origin_policy(app, origins, hosts, None if pairing is None else pairing.check)
    register_error_handlers(app)
    context = ServerContext(
        run,
        model or _load_model(run),
        explainer or _load_explainer(run),
        model_folder or MODEL_FOLDER,
        page_folder or PAGE_FOLDER,
        workers or Workers(),
    )
    for routes in (try_page, pages, api, model_files):
        app.register_blueprint(routes(context))
    return app


def _load_model(run: Run) -> Predictor:
    from backend.models.predictor import Model

    with held_stderr():
        model = Model(run)
        model.predict_proba(run.check_pixels()[:1])  # TensorFlow, where a recipe needs it, traces its graph now
    return model


def _load_explainer(run: Run) -> Explaining:
    from backend.explain.gradcam import Explainer

    return Explainer(run)


def serve(app: Flask, port: int, started: Callable[[str], None], host: str = LOOPBACK[0]) -> None:
    """Serve until Ctrl-C; `started` gets the address. Raises ServerError where the port is taken."""
    from backend.server.wsgi import listen

    server = listen(app, port, host)
    started(f"http://{host}:{server.effective_port}/")
    try:
        server.run()  # ends by itself on Ctrl-C
    finally:
        server.close()
