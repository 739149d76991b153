import os
import shutil
import ssl
from pathlib import Path

import botocore
import pytest

from infra.build.ca_roots import AMAZON_TRUST_SERVICES, keep_amazon_roots

BOTOCORE_CERTIFICATES = Path(botocore.__file__).with_name("cacert.pem")


def test_only_the_amazon_root_certificates_are_kept(tmp_path: Path) -> None:
    certificates = tmp_path / "cacert.pem"
    shutil.copy(BOTOCORE_CERTIFICATES, certificates)

    keep_amazon_roots(certificates)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certificates)
    subjects = [str(it["subject"]) for it in context.get_ca_certs()]
    assert len(subjects) == len(AMAZON_TRUST_SERVICES)
    assert all(any(repr(name) in it for it in subjects) for name in AMAZON_TRUST_SERVICES)


def test_installer_cache_is_not_changed(tmp_path: Path) -> None:
    original, linked = tmp_path / "original.pem", tmp_path / "cacert.pem"
    shutil.copy(BOTOCORE_CERTIFICATES, original)
    os.link(original, linked)

    keep_amazon_roots(linked)

    assert original.read_bytes() == BOTOCORE_CERTIFICATES.read_bytes()


def test_missing_root_certificate_is_an_error(tmp_path: Path) -> None:
    certificates = tmp_path / "cacert.pem"
    certificates.write_text("")

    with pytest.raises(KeyError, match="Amazon Root CA 1"):
        keep_amazon_roots(certificates)
