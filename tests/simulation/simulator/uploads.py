"""Merchants upload images and CSV files; S3 notifies the function, or a schedule finds them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.catalog.image_uploads import request_upload, upload_key
from app.catalog.imports.jobs import create_import
from app.catalog.imports.models import IMPORTS_ID, ImportState, import_key
from app.catalog.models import ImageState
from tests.builders import NOON, a_product
from tests.fake_clouds import MERCHANT
from tests.sample_images import a_jpeg
from tests.simulation.simulator.crash_runs import CrashRun
from tests.simulation.simulator.crashes import Crash
from tests.simulation.simulator.run import Result
from tests.simulation.simulator.table_diff import normalized_rows, row_differences
from workers import imports, thumbnails

UNFINISHED = {ImageState.PENDING, ImportState.PENDING, ImportState.PROCESSING}
SCHEDULE_SECONDS = 600  # seconds, as the template's schedules
IMAGE = a_jpeg(64, 48)
PRODUCTS = b"""slug,title,category,blurb,price,sku,available
jug,Jug,Tableware,It pours well.,29.00,JUG-1,7
vase,Vase,Tableware,It stands well.,19.00,VASE-1,3
wrong,Wrong,Tableware,It has no price.,,WRONG-1,3
"""


@dataclass(frozen=True)
class UploadScenario:
    """An uploaded file, whether S3's notification is lost, and the state it must end in."""

    name: str
    content: bytes
    final_state: str
    notification_lost: bool = False
    is_image: bool = True

    def __str__(self) -> str:
        return self.name

    def with_crashes(self, crashes: Collection[Crash] = ()) -> CrashRun:
        return UploadRun(self, crashes)


UPLOADS = (
    UploadScenario("an image is resized", IMAGE, ImageState.READY),
    UploadScenario(
        "an image whose notification is lost is resized",
        IMAGE,
        ImageState.READY,
        notification_lost=True,
    ),
    UploadScenario("a file that is no image is rejected", b"no image", ImageState.REJECTED),
    UploadScenario("a CSV file is imported", PRODUCTS, ImportState.DONE, is_image=False),
    UploadScenario(
        "a CSV file whose notification is lost is imported",
        PRODUCTS,
        ImportState.DONE,
        notification_lost=True,
        is_image=False,
    ),
    UploadScenario(
        "a file that is no CSV is rejected", b"%PDF-1.7", ImportState.REJECTED, is_image=False
    ),
)


class UploadRun(CrashRun):
    """Uploads the file, then lets the functions find it."""

    def __init__(self, upload: UploadScenario, crashes: Collection[Crash] = ()) -> None:
        self.upload = upload
        super().__init__(crashes)

    def set_up(self) -> None:
        subscribers = self.cloud.buckets.subscribers
        subscribers["images"] = "thumbnails", thumbnails.handler
        subscribers["imports"] = "imports", imports.handler
        key = self._create_upload()
        self.cloud.buckets.upload(
            key, self.upload.content, lose_notification=self.upload.notification_lost
        )
        for name, handler in subscribers.values():
            self.scheduler.repeat_every(SCHEDULE_SECONDS, partial(self._invoke, name, handler))

    def _create_upload(self) -> str:
        if self.upload.is_image:
            image = request_upload(a_product().slug, "p" * 26, "A pot", now=NOON)
            return upload_key(image.slug, image.image_id)
        return import_key(create_import(by=MERCHANT, now=NOON).import_id)

    def _invoke(self, name: str, handler: Any) -> None:
        self.scheduler.invoke(name, lambda context: handler({}, context), seconds=300)

    @property
    def state(self) -> str:
        """The state of the image or the import."""
        (row,) = (
            row
            for row in self.cloud.store.rows("catalog")
            if row["item_id"].startswith("image#") or row["catalog_id"] == IMPORTS_ID
        )
        return str(row["state"])

    def is_quiescent(self) -> bool:
        return super().is_quiescent() and self.state not in UNFINISHED

    def unexpected_results(self, result: Result) -> Iterator[str]:
        if self.state != self.upload.final_state:
            yield f"expected {self.upload.final_state}, found {self.state}"
        if self.crashes:
            yield from row_differences(
                self.upload, normalized_rows(self.cloud.store), ignored="nothing"
            )
