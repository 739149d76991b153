"""The name of a release, by which SnapStart's versions of the web function differ."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from infra.build.bundles import digest_files


def name_release(bundle: Path, parameters: Mapping[str, str]) -> str:
    """16 hexadecimal digits: others whenever the staged bundle or a parameter differs."""
    files = {it.relative_to(bundle): it.read_bytes() for it in bundle.rglob("*") if it.is_file()}
    released = f"{digest_files(files)} {json.dumps(dict(parameters), sort_keys=True)}"
    return hashlib.sha256(released.encode()).hexdigest()[:16]
