"""The page for a device that was not let in: how to get in, in English or French. It tells nothing else."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from flask import Response

STYLE = (
    ":root{color-scheme:light dark}"
    "body{max-width:30rem;margin:12vh auto;padding:0 24px;font:16px/1.55 system-ui,sans-serif}"
    "h1{font-size:22px;line-height:1.25}"
)
POLICY = "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
WORDS = {
    "en": (
        "This device is not let in yet",
        (
            "Every address with a token works once. The terminal where Thumbprint runs shows the next one, as a QR "
            "code too: scan that with this device.",
            "If it shows none, as many devices as may be are in: start the server again.",
        ),
        "Too many wrong tokens came from this device. Wait {wait} seconds.",
        "Let in already? Open the page",
    ),
    "fr": (
        "Cet appareil n\u2019est pas encore admis",
        (
            "Chaque adresse avec un jeton sert une seule fois. Le terminal où tourne Thumbprint affiche la suivante, "
            "aussi en code QR\u00a0: scannez-le avec cet appareil.",
            "S\u2019il n\u2019en affiche plus, trop d\u2019appareils sont admis\u00a0: redémarrez le serveur.",
        ),
        "Trop de jetons erronés sont venus de cet appareil. Attendez {wait} secondes.",
        "Déjà admis\u00a0? Ouvrir la page",
    ),
}


def refusal_page(language: str, wait: int | None) -> Response:
    """Return the page, status 403; wait: seconds until this device is listened to again."""
    title, lines, slow, again = WORDS[language]
    paragraphs = [slow.format(wait=wait), *lines] if wait else [*lines]
    # Browsers leave a Strict cookie out where a link of another site led here: from this link, they send it.
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>Thumbprint</title><style>{STYLE}</style></head><body><main>'
        f"<h1>{escape(title)}</h1>{''.join(f'<p>{escape(line)}</p>' for line in paragraphs)}"
        f'<p><a href="/try">{escape(again)}</a></p></main></body></html>'
    )
    response = Response(html, 403, mimetype="text/html")
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    response.headers["Content-Security-Policy"] = POLICY.format(style=digest)
    return response
