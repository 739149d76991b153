"""Merchants send pictures and files of products; S3 tells of them, or the clock comes round."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.catalog.image_uploads import ask_for, upload_key
from app.catalog.imports.jobs import ask_for_import
from app.catalog.imports.rows import IMPORTS, import_key
from tests.builders import NOON, a_product
from tests.fake_clouds import MERCHANT
from tests.sample_images import a_jpeg
from tests.simulation.simulator.crash_runs import Mortal
from tests.simulation.simulator.crashes import Death
from tests.simulation.simulator.rows import rows_in, traces
from tests.simulation.simulator.run import Result
from workers import imports, thumbnails

OFTEN = 600  # seconds, as the template's schedules
PICTURE = a_jpeg(64, 48)
PRODUCTS = b"""slug,title,category,blurb,price,sku,available
jug,Jug,Tableware,It pours well.,29.00,JUG-1,7
vase,Vase,Tableware,It stands well.,19.00,VASE-1,3
wrong,Wrong,Tableware,It has no price.,,WRONG-1,3
"""


@dataclass(frozen=True)
class Upload:
    """A file, and whether S3 tells of it. ``ends`` is the state in which it is left."""

    name: str
    content: bytes
    ends: str
    silently: bool = False
    picture: bool = True

    def __str__(self) -> str:
        return self.name

    def told(self, deaths: Collection[Death] = ()) -> Mortal:
        return Uploaded(self, deaths)


UPLOADS = (
    Upload("a picture is cut", PICTURE, "ready"),
    Upload("a picture that S3 did not tell of is cut", PICTURE, "ready", silently=True),
    Upload("what is no picture is refused", b"no picture", "refused"),
    Upload("a file of products is read", PRODUCTS, "done", picture=False),
    Upload(
        "a file that S3 did not tell of is read", PRODUCTS, "done", silently=True, picture=False
    ),
    Upload("what is no file of products is refused", b"%PDF-1.7", "refused", picture=False),
)


class Uploaded(Mortal):
    def __init__(self, upload: Upload, deaths: Collection[Death] = ()) -> None:
        self.upload = upload
        super().__init__(deaths)

    def begin(self) -> None:
        told = self.cloud.buckets.told
        told["incoming"] = "thumbnails", thumbnails.handler
        told["imports"] = "imports", imports.handler
        key = self._asked()
        self.cloud.buckets.upload(key, self.upload.content, silently=self.upload.silently)
        for name, handler in told.values():
            self.world.every(OFTEN, partial(self._by_the_clock, name, handler))

    def _asked(self) -> str:
        if self.upload.picture:
            picture = ask_for(a_product().slug, "p" * 26, "A pot", now=NOON)
            return upload_key(picture.slug, picture.picture_id)
        return import_key(ask_for_import(by=MERCHANT, now=NOON).import_id)

    def _by_the_clock(self, name: str, handler: Any) -> None:
        self.world.call(name, lambda context: handler({}, context), seconds=300)

    @property
    def state(self) -> str:
        """Of the picture, or of the file."""
        (row,) = (
            row
            for row in self.cloud.store.rows("catalog")
            if row["entry"].startswith("picture#") or row["shelf"] == IMPORTS
        )
        return str(row["state"])

    def quiet(self) -> bool:
        return super().quiet() and self.state not in ("waiting", "working")

    def amiss(self, result: Result) -> Iterator[str]:
        if self.state != self.upload.ends:
            yield f"it should have been {self.upload.ends}, and is {self.state}"
        if self.deaths:
            yield from traces(self.upload, rows_in(self.cloud.store), but="nothing")
