"""The key of the person who runs the local shop: all permissions, valid for one run."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class OperatorKey:
    """An access key as of an AWS account's root user. The id is public, the secret is not."""

    access_key_id: str
    secret_access_key: str = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        return cls(f"AKIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(32))

    @classmethod
    def read(cls, file: Path) -> Self:
        """Raises ``FileNotFoundError`` if no shop is running."""
        return cls(**json.loads(file.read_text()))

    def write(self, file: Path) -> None:
        """Readable by this user only, also if an older file was not."""
        file.unlink(missing_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            json.dump(asdict(self), stream)
