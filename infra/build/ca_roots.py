"""Reduce botocore's CA file to Amazon's root certificates, which sign every AWS endpoint.

urllib3 parses the whole file for each connection, although it needs one of 140 certificates. The
five that are kept are those of https://www.amazontrust.com/repository/, from botocore's own file.
"""

import re
from pathlib import Path

AMAZON_TRUST_SERVICES = (
    *(f"Amazon Root CA {number}" for number in (1, 2, 3, 4)),
    "Starfield Services Root Certificate Authority - G2",
)
LABELLED = re.compile(
    r'^# Label: "([^"]+)"$.*?^(-----BEGIN CERTIFICATE-----$.*?^-----END CERTIFICATE-----)$',
    re.MULTILINE | re.DOTALL,
)


def keep_amazon_roots(certificates: Path) -> None:
    """Replace the file, which is a link into the installer's cache.

    botocore reads it only if the package ``certifi`` is not installed. Raises ``KeyError`` if a
    certificate is missing.
    """
    certificate_by_name = dict(LABELLED.findall(certificates.read_text("ascii", errors="replace")))
    kept = [f"# {name}\n{certificate_by_name[name]}\n" for name in AMAZON_TRUST_SERVICES]
    certificates.unlink()
    certificates.write_text("\n".join(kept))
