"""The name of a release, by which SnapStart's versions of the web function differ."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path


def name_release(bundle: Path, parameters: Mapping[str, str]) -> str:
    """16 hexadecimal digits: others whenever the staged bundle or a parameter differs."""
    digest = hashlib.sha256(json.dumps(dict(parameters), sort_keys=True).encode())
    for file in sorted(it for it in bundle.rglob("*") if it.is_file()):
        digest.update(f"{file.relative_to(bundle)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
