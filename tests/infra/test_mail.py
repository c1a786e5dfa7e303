"""Mail goes out over TLS, and only to a server that proves who it is (RFC 8314, RFC 9325)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.infra.clock import SystemClock
from portal.infra.errors import Unavailable
from portal.infra.mail import SmtpMailer
from portal.infra.settings import Settings
from tests.support.live_server import free_port

pytestmark = pytest.mark.one_database


class Box:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:
        self.mails.append(envelope.content)  # type: ignore[attr-defined]
        return "250 taken"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that no authority has signed, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = SystemClock().now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(secret + made.public_bytes(pem))
    return path


@pytest.fixture
def free_tcp_port() -> int:
    with free_port() as (_, port):
        pass
    return port


@pytest.fixture(params=["tls", "starttls"])
def post(request: pytest.FixtureRequest, certificate: Path, free_tcp_port: int) -> Iterator[tuple[SmtpMailer, Box]]:
    """A mail server that speaks TLS from the start, or after STARTTLS, and a mailer for it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    box = Box()
    how = {"ssl_context": context} if request.param == "tls" else {"tls_context": context, "require_starttls": True}
    server = Controller(box, hostname="127.0.0.1", port=free_tcp_port, ready_timeout=30, **how)
    server.start()
    try:
        settings = Settings(
            environment="test", mail="smtp", smtp_host="127.0.0.1", smtp_port=free_tcp_port,
            smtp_security=request.param, mail_from="portal@clinic.example",
        )  # fmt: skip
        yield SmtpMailer(settings), box
    finally:
        server.stop()


def test_a_server_whose_certificate_is_good_takes_the_mail(
    post: tuple[SmtpMailer, Box], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailer, box = post
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    mailer.send("reader@home.example", "Something new", "Sign in to read it.", message_id="m1")
    assert len(box.mails) == 1
    assert b"<m1@clinic.example>" in box.mails[0]


def test_a_server_that_nobody_vouches_for_gets_no_mail(post: tuple[SmtpMailer, Box]) -> None:
    mailer, box = post
    with pytest.raises(Unavailable):
        mailer.send("reader@home.example", "Something new", "Sign in to read it.", message_id="m1")
    assert box.mails == []
