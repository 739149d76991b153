"""What S3 tells a function of: keys of uploads, encoded like a form's field, and their order."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus


def uploads_in(notice: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each upload's key and its sequencer. The same one may come again, and later ones before."""
    for record in notice["Records"]:
        told = record["s3"]["object"]
        yield unquote_plus(told["key"]), told.get("sequencer", "")
