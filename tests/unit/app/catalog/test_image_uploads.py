import pytest
from ulid import ULID

from app.catalog.image_uploads import Finished, Upload, ask_for, find, finish, refuse, upload_key
from app.catalog.models import Picture
from app.errors import NotFound
from tests.builders import NOON

pytestmark = pytest.mark.usefixtures("tables")

MADE = Finished("0123456789abcdef", 960, 640)


def an_upload(sequencer: str = "A1") -> Upload:
    slug, picture_id = f"pot-{ULID()}".lower(), str(ULID())
    ask_for(slug, picture_id, "A pot", now=NOON)
    return Upload.from_key(upload_key(slug, picture_id), sequencer)


def later(upload: Upload, sequencer: str) -> Upload:
    return Upload.from_key(upload_key(upload.slug, upload.picture_id), sequencer)


def the_picture(upload: Upload) -> Picture:
    return find(upload.slug, upload.picture_id)


def test_a_picture_that_was_asked_for_waits() -> None:
    picture = the_picture(an_upload())

    assert (picture.state, picture.alt) == ("waiting", "A pot")
    assert picture.version is None


def test_a_finished_picture_is_shown_under_its_version() -> None:
    upload = an_upload()

    assert finish(upload, MADE)

    picture = the_picture(upload)
    assert picture.ready
    assert (picture.width, picture.height) == (960, 640)
    assert picture.url(480) == f"/media/{upload.picture_id}/0123456789abcdef/480.webp"


def test_finishing_again_changes_nothing() -> None:
    upload = an_upload()

    assert finish(upload, MADE)
    assert finish(upload, MADE)


def test_the_newest_upload_wins_whichever_is_handled_last() -> None:
    old = an_upload("0055AED6DCD90281E5")
    new = later(old, "0055AED6DCD90281E6")
    finish(new, Finished("newer", 1, 1))

    assert not finish(old, Finished("older", 1, 1))
    assert the_picture(old).version == "newer"


def test_sequencers_of_different_length_are_compared_as_numbers() -> None:
    old = an_upload("FF")
    finish(later(old, "100"), Finished("newer", 1, 1))

    assert not finish(old, Finished("older", 1, 1))


def test_a_refusal_tells_why_and_leaves_what_was_shown_before() -> None:
    upload = an_upload("A1")
    finish(upload, MADE)

    assert refuse(later(upload, "A2"), "The picture is too small.")

    picture = the_picture(upload)
    assert (picture.state, picture.reason) == ("refused", "The picture is too small.")
    assert picture.version == MADE.version


def test_an_old_refusal_does_not_hide_a_newer_picture() -> None:
    upload = an_upload("A1")
    finish(later(upload, "A2"), MADE)

    assert not refuse(upload, "too late")
    assert the_picture(upload).ready


def test_asked_for_again_after_a_refusal_it_waits_and_the_reason_is_gone() -> None:
    upload = an_upload()
    refuse(upload, "The picture is too small.")

    ask_for(upload.slug, upload.picture_id, "A pot, again", now=NOON)

    picture = the_picture(upload)
    assert (picture.state, picture.alt) == ("waiting", "A pot, again")
    assert picture.reason is None


def test_a_new_upload_after_a_refusal_is_shown() -> None:
    upload = an_upload("A1")
    refuse(upload, "The picture is too small.")

    assert finish(later(upload, "A2"), MADE)
    assert the_picture(upload).reason is None


def test_what_nobody_asked_for_is_not_shown() -> None:
    stray = Upload("no-such-piece", str(ULID()), "A1")

    assert not finish(stray, MADE)
    with pytest.raises(NotFound):
        the_picture(stray)


@pytest.mark.parametrize(
    "key", ["", "incoming/", "incoming/pot", "incoming//x", "incoming/pot/x/y", "other/pot/x"]
)
def test_a_key_that_we_never_gave_out_is_not_found(key: str) -> None:
    with pytest.raises(NotFound):
        Upload.from_key(key, "A1")
