"""Leave botocore the root certificates of Amazon's own authority, which sign every AWS endpoint.

urllib3 reads the whole file anew for each connection; of 140 certificates it needs one. The five
are those of https://www.amazontrust.com/repository/, as botocore itself brings them along.
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
    """Replace the file, which the installer links to its own cache. No certificate may be missing.

    botocore reads this file only where the package ``certifi`` is not to be had.
    """
    found = dict(LABELLED.findall(certificates.read_text("ascii", errors="replace")))
    kept = [f"# {name}\n{found[name]}\n" for name in AMAZON_TRUST_SERVICES]
    certificates.unlink()
    certificates.write_text("\n".join(kept))
