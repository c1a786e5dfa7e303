"""Headers and origin checks that hold for every answer (security.md D1, D2, D4)."""

from __future__ import annotations

import secrets

from flask import Flask, Response, abort, g, request

from portal.infra.settings import Settings

STATIC_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def csp(nonce: str, form_action: str = "'self'") -> str:
    """The policy of one response. Never 'strict-dynamic': with htmx, scripts in swapped fragments would run."""
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
        f"font-src 'self'; connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; "
        f"form-action {form_action}; frame-ancestors 'none'; "
        f"require-trusted-types-for 'script'; trusted-types htmx default"
    )


def install(app: Flask, settings: Settings) -> None:
    """Nonces, headers and the origin check."""
    outside = "" if settings.uses_own_provider else " " + settings.issuer

    @app.before_request
    def start() -> None:
        g.nonce = secrets.token_urlsafe(16)
        refuse_what_is_no_text()
        if request.method == "POST":
            refuse_other_sites()

    @app.after_request
    def finish(response: Response) -> Response:
        headers = response.headers
        for name, value in STATIC_HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store")
        # After a POST the browser may be sent on to the provider: form-action covers redirects too.
        headers.setdefault("Content-Security-Policy", csp(g.get("nonce", ""), f"'self'{outside}"))
        if settings.is_https:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return response


MACHINE_PATHS = ("/idp/token", "/idp/revoke", "/idp/userinfo")
OPEN_ENDPOINTS = ("binder.open_manifest",)  # web viewers of health links ask from their own sites; no cookie counts


def refuse_what_is_no_text() -> None:
    """An address is text (RFC 3986, RFC 3629); bytes that are none are refused before anything reads them."""
    try:
        request.query_string.decode()
    except UnicodeDecodeError:
        abort(400)


def refuse_other_sites() -> None:
    """A browser says where a POST comes from (Fetch Metadata); another site's is refused before anything runs."""
    if request.path in MACHINE_PATHS or request.endpoint in OPEN_ENDPOINTS:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if origin not in (None, "null") and origin != request.host_url.rstrip("/"):
        abort(403)


def safe_next(target: str | None) -> str | None:
    """`next` if it is a path of this portal, else None (security.md D5)."""
    if not target or len(target) > 2000 or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if "\\" in target or any(ord(character) < 32 for character in target):
        return None
    return target
