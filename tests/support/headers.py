"""What the headers of an answer must say: the policy of pages, what every answer carries, how cookies are set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

WANTED = {
    "default-src": {"'none'"},
    "base-uri": {"'none'"},
    "object-src": {"'none'"},
    "frame-ancestors": {"'none'"},
}
OWN_ONLY = ("style-src", "img-src", "font-src", "connect-src")


def policy_of(headers: Mapping[str, str]) -> dict[str, list[str]]:
    """The Content-Security-Policy as directive → values."""
    parts = [part.split() for part in headers.get("Content-Security-Policy", "").split(";") if part.strip()]
    return {part[0].lower(): part[1:] for part in parts}


def nonce_of(headers: Mapping[str, str]) -> str:
    """The nonce that scripts of this answer must carry."""
    for value in policy_of(headers).get("script-src", []):
        if value.startswith("'nonce-"):
            return value.removeprefix("'nonce-").removesuffix("'")
    return ""


def page_headers(headers: Mapping[str, str], *, https: bool = False) -> Iterator[str]:
    policy = policy_of(headers)
    if not policy:
        yield "there is no Content-Security-Policy"
        return
    whole = headers["Content-Security-Policy"]
    for word in (
        "unsafe-inline",
        "unsafe-eval",
        "unsafe-hashes",
        "strict-dynamic",
        "http:",
        "https:",
        " * ",
        "data:",
        "blob:",
    ):
        if word in whole.replace("https://", "") + " " and not (
            word == "data:" and "data:" in " ".join(policy.get("img-src", []))
        ):
            yield f"the policy may not say {word.strip()}: {whole}"
    for directive, values in WANTED.items():
        if set(policy.get(directive, [])) != values and not (directive == "object-src" and directive not in policy):
            yield f"the policy says {directive} {' '.join(values)}, not {' '.join(policy.get(directive, ['nothing']))}"
    scripts = policy.get("script-src", [])
    if not all(value == "'self'" or value.startswith("'nonce-") for value in scripts) or not nonce_of(headers):
        yield f"scripts are our own, with a nonce: script-src {' '.join(scripts)}"
    elif len(nonce_of(headers)) < 16:
        yield "the nonce is too short to be unguessable"
    for directive in OWN_ONLY:
        if not set(policy.get(directive, [])) <= {"'self'", "data:"} or (
            "data:" in policy.get(directive, []) and directive != "img-src"
        ):
            yield f"only our own: {directive} {' '.join(policy[directive])}"
    if "'self'" not in policy.get("form-action", []):
        yield "the policy says where forms may go (form-action)"
    if policy.get("require-trusted-types-for") != ["'script'"]:
        yield "the policy asks for trusted types (require-trusted-types-for 'script')"
    yield from common_headers(headers, https=https)


def common_headers(headers: Mapping[str, str], *, https: bool = False) -> Iterator[str]:
    """What every answer carries, static files and errors too."""
    exact = {
        "X-Content-Type-Options": ("nosniff",),
        "X-Frame-Options": ("DENY",),
        "Referrer-Policy": ("no-referrer", "same-origin"),
        "Cross-Origin-Opener-Policy": ("same-origin",),
        "Cross-Origin-Resource-Policy": ("same-origin",),
    }
    for name, allowed in exact.items():
        if headers.get(name) not in allowed:
            yield f"{name} is {' or '.join(allowed)}, not {headers.get(name)}"
    if not headers.get("Permissions-Policy"):
        yield "there is no Permissions-Policy"
    if https and "max-age=31536000" not in headers.get("Strict-Transport-Security", ""):
        yield "over https, Strict-Transport-Security is a year"
    for name in ("Server", "X-Powered-By"):
        if re.search(r"\d", headers.get(name, "")) and "Werkzeug" not in headers.get(name, ""):
            yield f"{name} tells a version: {headers[name]}"


def cookie_rules(cookie: str, *, https: bool) -> list[str]:
    """How each cookie must be set."""
    first, *rest = (part.strip() for part in cookie.split(";"))
    name, value = first.split("=", 1)
    flags = {part.lower() for part in rest}
    wanted = {"httponly": "out of reach of scripts (HttpOnly)"}
    if https:
        wanted["secure"] = "sent over https only (Secure)"
    found = [f"the cookie {name} is {why}" for flag, why in wanted.items() if flag not in flags]
    if not flags & {"samesite=lax", "samesite=strict"}:
        found.append(f"the cookie {name} is not sent along from other sites (SameSite)")
    if https and value and not name.startswith("__Host-"):
        found.append(f"the cookie {name} is bound to this host (__Host-)")
    return found
