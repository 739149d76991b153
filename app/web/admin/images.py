"""Product images in the admin: uploading them to S3, ordering, describing and removing them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import Field, StringConstraints

from app.aws.s3 import image_upload_form
from app.catalog.catalog_cache import CatalogEntry
from app.catalog.image_uploads import (
    ACCEPTED_TYPES,
    MAX_UPLOAD_BYTES,
    request_upload,
)
from app.catalog.images import (
    MAX_IMAGES,
    ImageDetails,
    move_image,
    remove_image,
    request_new_image,
    sku_of_image,
    update_image_details,
)
from app.catalog.models import ProductImage
from app.catalog.products import admin_path
from app.errors import NotFound, ValidationFailed
from app.form_fields import Submitted
from app.persistence.audit_log import record_completed_change
from app.settings import settings
from app.web.admin.products import RequestedEntry, redirect_to_product
from app.web.http.forms import (
    Form,
    LongLine,
    SubmittedForm,
    WholeNumber,
    read_form,
    without_card_numbers,
)
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)

ContentType = Literal[
    "image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "image/avif"
]


class UploadForm(Form):
    """``size`` is sent by the script, which has the file already; S3 checks the size anyway."""

    alt: LongLine
    content_type: ContentType
    size: Annotated[WholeNumber, Field(ge=1, le=MAX_UPLOAD_BYTES)] | None = None

    labels: ClassVar[Mapping[str, str]] = {
        "alt": "a description of the image",
        "content_type": "a JPEG, PNG, WebP, HEIC or AVIF file",
        "size": "a file size in bytes",
    }


class PositionForm(Form):
    """A target position rather than a direction: a repeat moves the image once."""

    position: Annotated[WholeNumber, Field(le=MAX_IMAGES)]

    labels: ClassVar[Mapping[str, str]] = {"position": "a position"}


class DetailsForm(Form):
    alt: LongLine
    sku: Annotated[str, StringConstraints(max_length=100)] = ""

    labels: ClassVar[Mapping[str, str]] = {"alt": "a description of the image"}


@dataclass(frozen=True)
class EntryImage:
    """An image with its product."""

    entry: CatalogEntry
    image: ProductImage

    @property
    def path(self) -> str:
        return f"{admin_path(self.entry.product)}/images/{self.image.image_id}"


def _requested_image(entry: RequestedEntry, image_id: str) -> EntryImage:
    for image in entry.images:
        if image.image_id == image_id:
            return EntryImage(entry, image)
    raise NotFound("This product has no such image.")


RequestedImage = Annotated[EntryImage, Depends(_requested_image)]


# --- upload ---------------------------------------------------------------------------------


@router.post("/admin/products/{slug}/images")
def create(
    request: Request,
    visitor: Merchant,
    now: Now,
    entry: RequestedEntry,
    submitted: SubmittedForm,
) -> Response:
    """Step one: the image's description and content type. The response is the form for S3."""
    try:
        form = read_form(UploadForm, submitted)
        image = request_new_image(entry, form.alt, now=now)
    except ValidationFailed as failed:
        return _render_errors(request, failed, submitted, entry)
    summary = f"Added the image “{image.alt}” of {entry.product.title}"
    path = admin_path(entry.product)
    record_completed_change(summary, path=path, by=visitor.email, now=now)
    return _next_step(request, EntryImage(entry, image), form.content_type)


@router.post("/admin/products/{slug}/images/{image_id}")
def replace(
    request: Request, now: Now, requested: RequestedImage, submitted: SubmittedForm
) -> Response:
    """Another file for an image that was rejected, never arrived, or shall look different."""
    try:
        form = read_form(UploadForm, submitted)
    except ValidationFailed as failed:
        return _render_errors(request, failed, submitted, requested.entry, requested.image)
    slug, image_id = requested.image.slug, requested.image.image_id
    image = request_upload(slug, image_id, form.alt, now=now)
    return _next_step(request, EntryImage(requested.entry, image), form.content_type)


@router.get("/admin/products/{slug}/images/{image_id}")
def upload_form(
    request: Request, requested: RequestedImage, content_type: ContentType | None = None
) -> Response:
    """Step two without JavaScript: the file, in a form that the browser posts to S3."""
    entry, image = requested.entry, requested.image
    if content_type is None:
        return _render_upload(request, entry, image)
    redirect_to = f"{settings().base_url}{admin_path(entry.product)}"
    form = image_upload_form(image.slug, image.image_id, content_type, redirect_to=redirect_to)
    return render_page(
        request,
        "admin/image_file.html",
        entry=entry,
        content_type=content_type,
        type_name=ACCEPTED_TYPES[content_type],
        form=form,
        max_bytes=MAX_UPLOAD_BYTES,
    )


def _next_step(request: Request, requested: EntryImage, content_type: str) -> Response:
    """A redirect to step two; or JSON for the script, which takes that step itself."""
    if not _wants_json(request):
        query = urlencode({"content_type": content_type})
        return RedirectResponse(f"{requested.path}?{query}", 303)
    image = requested.image
    form = image_upload_form(image.slug, image.image_id, content_type)
    return JSONResponse({**form, "retry_url": requested.path}, 201)


def _render_errors(
    request: Request,
    failed: ValidationFailed,
    submitted: Submitted,
    entry: CatalogEntry,
    image: ProductImage | None = None,
) -> Response:
    if _wants_json(request):
        return JSONResponse({"errors": failed.errors}, 422)
    values = without_card_numbers(submitted)
    return _render_upload(request, entry, image, status=422, errors=failed.errors, values=values)


def _render_upload(
    request: Request,
    entry: CatalogEntry,
    image: ProductImage | None,
    *,
    status: int = 200,
    **context: Any,
) -> Response:
    return render_page(
        request,
        "admin/image_upload.html",
        status=status,
        entry=entry,
        image=image,
        content_types=ACCEPTED_TYPES,
        max_bytes=MAX_UPLOAD_BYTES,
        **{"errors": {}, "values": {}, **context},
    )


def _wants_json(request: Request) -> bool:
    return request.headers.get("accept", "").startswith("application/json")


# --- order, description, removal ------------------------------------------------------------


@router.post("/admin/products/{slug}/images/{image_id}/position")
def move(
    visitor: Merchant, now: Now, requested: RequestedImage, submitted: SubmittedForm
) -> Response:
    position = read_form(PositionForm, submitted).position
    move_image(requested.entry, requested.image, position, by=visitor.email, now=now)
    return redirect_to_product(requested.entry.product, anchor="#images")


@router.get("/admin/products/{slug}/images/{image_id}/details")
def details_form(request: Request, requested: RequestedImage) -> Response:
    sku = sku_of_image(requested.entry, requested.image)
    return _render_details(request, requested, {"alt": requested.image.alt, "sku": sku})


@router.post("/admin/products/{slug}/images/{image_id}/details")
def save_details(
    request: Request,
    visitor: Merchant,
    now: Now,
    requested: RequestedImage,
    submitted: SubmittedForm,
) -> Response:
    entry = requested.entry
    try:
        form = read_form(DetailsForm, submitted)
    except ValidationFailed as failed:
        values = without_card_numbers(submitted)
        return _render_details(request, requested, values, errors=failed.errors, status=422)
    if form.sku and form.sku not in [variant.sku for variant in entry.product.variants]:
        raise NotFound("This product has no such variant.")
    details = ImageDetails(form.alt, form.sku)
    update_image_details(entry, requested.image, details, by=visitor.email, now=now)
    return redirect_to_product(entry.product, anchor="#images")


@router.post("/admin/products/{slug}/images/{image_id}/delete")
def delete(visitor: Merchant, now: Now, requested: RequestedImage) -> Response:
    remove_image(requested.entry, requested.image, by=visitor.email, now=now)
    return redirect_to_product(requested.entry.product, anchor="#images")


def _render_details(
    request: Request, requested: EntryImage, values: Submitted, **context: Any
) -> Response:
    return render_page(
        request,
        "admin/image_details.html",
        entry=requested.entry,
        image=requested.image,
        values=values,
        **{"errors": {}, **context},
    )
