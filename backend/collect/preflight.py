"""What a person says of the way to YouTube, looked at before anything is asked for or written."""

from __future__ import annotations

import io
import ssl
from contextlib import redirect_stderr
from http.cookiejar import LoadError
from pathlib import Path
from urllib.parse import urlsplit

from backend.collect.http_client import CA_FILE, ca_file, proxy_of
from backend.collect.listing import Access
from backend.utils.errors import DataError


def check_access(access: Access) -> None:
    """Raise DataError, which names what to correct, where a listing or a fetch could only fail."""
    _check_proxy(access.proxy)
    _check_certificates()
    if access.cookies:
        _check_cookies(Path(access.cookies))
    if access.cookies_from_browser:
        _check_browser(access.cookies_from_browser)


def _check_proxy(given: str) -> None:
    proxy, named = proxy_of(given), "--proxy" if given else "HTTPS_PROXY"
    if not proxy:
        return
    try:
        parts = urlsplit(proxy)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        good = False
    if not good:
        shown = proxy.rpartition("@")[2]  # without a password
        raise DataError(f"{named} {shown}: thumbnails are fetched through http:// only; write http://HOST:PORT")


def _check_certificates() -> None:
    path = ca_file()
    if path is None:
        return
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:  # ssl.SSLError is one
        reason = "no certificates in it" if isinstance(error, ssl.SSLError) else error.strerror
        raise DataError(f"{CA_FILE}={path}: cannot be used ({reason}); name a PEM file, or unset it") from None


def _check_cookies(path: Path) -> None:
    from yt_dlp.cookies import YoutubeDLCookieJar

    if not path.is_file():
        raise DataError(f"--cookies {path}: no such file; export it from your browser in Netscape's format")
    try:
        with redirect_stderr(io.StringIO()):  # it would print lines that it skips, secrets and all
            YoutubeDLCookieJar(str(path)).load()
    except (LoadError, ValueError):
        raise DataError(f"--cookies {path}: not in Netscape's format; export it from your browser anew") from None
    except OSError as error:
        raise DataError(f"--cookies {path}: cannot be read ({error.strerror}); correct its permissions") from None


def _check_browser(name: str) -> None:
    from yt_dlp.cookies import SUPPORTED_BROWSERS, CookieLoadError, load_cookies

    if name not in SUPPORTED_BROWSERS:
        known = ", ".join(sorted(SUPPORTED_BROWSERS))
        raise DataError(f"--cookies-from-browser {name}: is not known to yt-dlp; use one of {known}")
    try:
        load_cookies(None, (name, None, None, None), None)
    except CookieLoadError as error:
        reason = str(error.__context__ or error)
        raise DataError(
            f"--cookies-from-browser {name}: has none to read ({reason}); export them, and use --cookies FILE"
        ) from None
