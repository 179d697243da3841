"""Tests that nothing is sent to a server whose certificate is not trusted."""

import datetime
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.release import servers


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that is not trusted, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    start = datetime.datetime(2020, 1, 1)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=365 * 50))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.parametrize("trusted", [False, True])
def test_certificates_are_checked_by_the_index_client(world, certificate, trusted):
    """A certificate of an unknown authority stops the upload; SSL_CERT_FILE adds the authority."""
    with servers.proxy(world.index.upstream, certificate) as secure:
        changes = {"TWINE_REPOSITORY_URL": f"https://{secure.address}/"}
        changes |= {"SSL_CERT_FILE": str(certificate[0])} if trusted else {}
        done = world.run(world.build(), main="publish_wheel", **changes)
    assert done.returncode == (0 if trusted else 1), done.stdout
    assert ("certificate" in done.stdout) != trusted
    assert bool(world.wheels()) == trusted


@pytest.mark.parametrize("trusted", [False, True])
def test_certificates_are_checked_by_the_registry_client(world, certificate, trusted):
    """A certificate of an unknown authority stops the push; SSL_CERT_FILE adds the authority."""
    with servers.proxy(world.registry.upstream, certificate) as world.registry:
        changes = {"SSL_CERT_FILE": str(certificate[0])} if trusted else {}
        done = world.run(world.build(), main="push_image", **changes)
    assert done.returncode == (0 if trusted else 1), done.stdout
    assert ("must present a certificate" in done.stdout) != trusted, done.stdout
    assert bool(world.digest("0.1.0")) == trusted
