"""What became of a picture: asked for, uploaded, cut or refused; the newest upload wins."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pynamodb.exceptions import DoesNotExist, UpdateError

from app.catalog.models import ARRIVES_WITHIN, SHELF, Picture, PictureState, picture_key
from app.errors import NotFound
from app.persistence.dynamodb import refused_by_condition

WIDTHS = (240, 480, 960, 1920)
LARGEST_UPLOAD = 10 * 2**20  # bytes
ACCEPTED_TYPES = ("image/jpeg", "image/png", "image/webp")
INCOMING = "incoming"


@dataclass(frozen=True)
class Upload:
    """One upload that S3 told us about. Sequencers compare as padded hexadecimal text."""

    slug: str
    picture_id: str
    sequencer: str

    @classmethod
    def from_key(cls, key: str, sequencer: str) -> "Upload":
        """Read the key we once gave out; raises ``NotFound`` for any other."""
        folder, _, rest = key.partition("/")
        slug, _, picture_id = rest.partition("/")
        if folder != INCOMING or not slug or not picture_id or "/" in picture_id:
            raise NotFound(f"No upload was asked for under {key!r}.")
        return cls(slug, picture_id, sequencer.rjust(32, "0"))


@dataclass(frozen=True)
class Finished:
    """What the thumbnail function made of an upload."""

    version: str
    width: int
    height: int


def upload_key(slug: str, picture_id: str) -> str:
    return f"{INCOMING}/{slug}/{picture_id}"


def ask_for(slug: str, picture_id: str, alt: str, *, now: datetime) -> Picture:
    """Expect an upload. A picture that exists shows its old content until the new is ready."""
    picture = Picture(
        SHELF,
        picture_key(slug, picture_id),
        slug=slug,
        picture_id=picture_id,
        alt=alt,
        asked_at=now,
    )
    picture.update(
        actions=[
            Picture.slug.set(slug),
            Picture.picture_id.set(picture_id),
            Picture.alt.set(alt),
            Picture.kind.set(Picture),
            Picture.state.set(PictureState.WAITING),
            Picture.asked_at.set(now),
            Picture.reason.remove(),
        ]
    )
    return picture


def find(slug: str, picture_id: str) -> Picture:
    try:
        return Picture.get(SHELF, picture_key(slug, picture_id), consistent_read=True)
    except DoesNotExist:
        raise NotFound("There is no such picture.") from None


def overdue(now: datetime) -> Iterator[Upload]:
    """Uploads that should have been cut by now, if they ever came; S3 did not tell us of them.

    They come under the sequencer of the picture's last upload, so that any news of S3 wins.
    """
    waiting = (Picture.state == PictureState.WAITING) & (Picture.asked_at < now - ARRIVES_WITHIN)
    pictures = Picture.entry.startswith("picture#")
    for it in Picture.query(SHELF, pictures, filter_condition=waiting, consistent_read=True):
        yield Upload(it.slug, it.picture_id, it.sequencer.rjust(32, "0"))


def finish(upload: Upload, made: Finished) -> bool:
    """Show the new content. False when a newer upload of this picture has been handled already."""
    return _settle(
        upload,
        [
            Picture.state.set(PictureState.READY),
            Picture.version.set(made.version),
            Picture.width.set(made.width),
            Picture.height.set(made.height),
            Picture.reason.remove(),
        ],
    )


def refuse(upload: Upload, reason: str) -> bool:
    """Tell the merchant why; what was shown before stays. Refusing is final for this upload."""
    return _settle(upload, [Picture.state.set(PictureState.REFUSED), Picture.reason.set(reason)])


def _settle(upload: Upload, actions: list[object]) -> bool:
    row = Picture(SHELF, picture_key(upload.slug, upload.picture_id))
    try:
        row.update(
            actions=[*actions, Picture.sequencer.set(upload.sequencer)],  # type: ignore[list-item]
            condition=Picture.entry.exists()
            & (Picture.sequencer.does_not_exist() | (Picture.sequencer <= upload.sequencer)),
        )
    except UpdateError as error:
        if refused_by_condition(error):
            return False
        raise
    return True
