"""Every reader of text from outside, each as a function of one text.

Found in the code are public functions with a parameter for text, the fields of forms, of the API's
bodies and of the routes' parameters. What a function needs besides the text is listed here.
"""

import ast
import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from fastapi.dependencies.models import Dependant
from pydantic import BaseModel, ValidationError

from app.catalog import pagination, product_fields, search_spelling, search_terms
from app.catalog.image_uploads import ImageUpload
from app.catalog.imports import html_text
from app.catalog.imports.foreign_skus import foreign_sku
from app.catalog.imports.parsing import HEADER
from app.catalog.imports.product_cells import product_cells
from app.catalog.imports.source_rows import SourceRow
from app.catalog.markdown import parse_markdown
from app.csv_io.decoding import InvalidCsv
from app.csv_io.reader import read_csv
from app.csv_io.tables import read_table
from app.form_fields import (
    Reader,
    read_facts,
    read_number,
    read_optional_facts,
    read_text,
    try_fields,
)
from app.main import ROUTERS
from app.number_notation import decimal_reading
from app.orders import numbers, signed_links, sku_orders
from app.orders.address_fields import FIELDS
from app.orders.addresses import read_address
from app.orders.events import OrderEvent, UnreadableEvent, read_message
from app.orders.open_pages import list_open_orders
from app.orders.order_list import OrderFilter, decode_cursor, list_customer_orders, list_orders
from app.payments.webhooks import InvalidSignature, UnreadableWebhook, verify_signature
from app.shipping import postcodes, regions
from app.text_policy import to_unicode_form
from app.web.admin.reviews import REVIEWING
from app.web.api.conditional_requests import matches
from app.web.api.order_schemas import OrderRequest
from app.web.http.forms import Form
from app.web.security.authorization import routes_of
from infra.build.bundles import ROOT
from tests.builders import NOON
from tests.security import request_readers
from tests.security.deployed_expressions import deployed_modules
from workers.image_decoding import InvalidImage, decode_image
from workers.s3_events import parse_uploads

type TextReader = Callable[[str], object]

REFUSALS = (
    *(ValidationError, InvalidCsv, InvalidSignature, UnreadableWebhook, UnreadableEvent),
    *(InvalidImage, UnicodeError, StopIteration, *request_readers.REFUSALS),
)
# Parameters that hold a text as it came from outside.
TEXT_PARAMETERS = frozenset(
    {"text", "typed", "heading", "header", "cursor", "cell", "data", "body", "title", "word"}
    | {"address", "postcode", "signed", "grant", "path", "characters"}
)
# Functions with such a parameter that pass it on to AWS or to a reader that is listed.
PASSED_ON: Mapping[str, str] = {
    "app.aws.s3.put_image": "stores a path of ours",
    "app.aws.sns.publish_batch": "sends a text of ours",
    "app.aws.sqs.send_to_dlq": "sends the message on",
    "app.card_numbers.reject_card_number": "calls has_card_number",
    "app.catalog.imports.files.ask_for_columns": "stores columns that were read",
    "app.catalog.imports.files.read_file": "calls read_csv and read_table",
    "app.catalog.imports.files.upload_attributes": "hashes a file that was read",
    "app.catalog.imports.processing.process_file": "calls read_csv and read_table",
    "app.csv_io.reader.csv_records": "is part of read_csv and read_table",
    "app.catalog.product_pages.find_products": "calls search, and has at most 100 characters",
    "app.catalog.search.search": "calls search_words, and has at most 100 characters",
    "app.persistence.idempotency.recipient_hash": "hashes an address that was read",
    "app.emails.send_leases.record_returned": "calls read_order_id and recipient_hash",
    "app.discounts.entry.enter_code": "calls read_code",
    "app.orders.notes.add_note": "stores a text that was read",
    "app.orders.queries.find_order_of_email": "calls read_order_number",
    "app.orders.queries.find_orders_by_number": "calls read_order_number",
    "app.payments.webhooks.sign": "signs a body of ours",
    "app.persistence.audit_log.record_change": "stores a path of ours",
    "app.persistence.audit_log.record_completed_change": "stores a path of ours",
    "app.orders.sku_orders.list_sku_orders": "calls decode_cursor",
    "app.web.admin.reviews.open_orders_page": "calls list_open_orders",
    "app.web.http.language_prefix.localize": "reads a path of ours",
    "app.web.http.templating.static_url": "reads a path of ours",
    "app.web.security.cookies.set_cookie": "writes a cookie of ours",
}
COUNTRIES = ("DE", "US", "GB", "JP", "IE", "ES", "BR")
KEY = "0" * 32


def _address_with(name: str, country: str, text: str) -> object:
    return read_address({"name": "A", "street": "B 1", "country": country, name: text})


def _field(readers: Mapping[str, Reader], name: str, text: str) -> object:
    return try_fields({name: readers[name]}, {name: text}, {})


def _image(start: bytes, text: str) -> object:
    return decode_image(start + text.encode("utf-8", "replace"))


READERS: Mapping[str, TextReader] = {
    "app.catalog.pagination.page_after": lambda text: pagination.page_after((), text, 1),
    "app.catalog.search_spelling.correct_word": lambda text: search_spelling.correct_word(
        text, [("vase", "vase"), (text[:12], "x")]
    ),
    "app.catalog.search_terms.terms_of": lambda text: search_terms.terms_of(text, "de"),
    "app.catalog.search_terms.stem_of": lambda text: search_terms.stem_of(text, "de"),
    "app.catalog.search_terms.split_compound": lambda text: search_terms.split_compound(
        text[:100], lambda part: part == "x"
    ),
    "app.catalog.imports.html_text.shortened": lambda text: html_text.shortened(text, 300),
    "app.catalog.imports.html_text.text_of_html": html_text.text_of_html,
    "app.csv_io.tables.read_table": lambda text: read_table(text.encode(), max_rows=10**6),
    "a SKU of another program": foreign_sku,
    "a number with decimals": decimal_reading,
    "a description of another program": lambda text: product_cells(
        SourceRow(1, {"description": [text], "tags": [text], "category": [text]})
    ),
    "app.csv_io.reader.read_csv": lambda text: read_csv(
        text.encode("utf-8", "replace"), HEADER, max_rows=10**6
    ),
    "app.form_fields.read_number": lambda text: read_number(text, maximum=10),
    "app.form_fields.read_facts": lambda text: read_facts(text, max_length=10_000),
    "app.form_fields.read_optional_facts": partial(read_optional_facts, max_length=10_000),
    "app.catalog.markdown.parse_markdown": parse_markdown,
    "app.form_fields.read_text": lambda text: read_text(text, max_length=10_000),
    "app.orders.events.read_message": lambda text: read_message(text, OrderEvent),
    "app.orders.numbers.read_order_number": lambda text: numbers.read_order_number(
        text, today=NOON.date()
    ),
    "app.orders.open_pages.list_open_orders": lambda text: list_open_orders(REVIEWING, text),
    "app.orders.order_list.decode_cursor": lambda text: decode_cursor(text, sku_orders.CURSOR),
    "app.orders.order_list.list_orders": lambda text: list_orders(
        OrderFilter(NOON.date(), NOON.date()), text
    ),
    "app.orders.order_list.list_customer_orders": partial(list_customer_orders, "ada@a.example"),
    "app.orders.signed_links.read_list_cursor": lambda text: signed_links.read_list_cursor(
        text, "ada@potter.example", KEY
    ),
    "app.web.api.conditional_requests.matches": lambda text: matches(text, '"a"'),
    "app.orders.signed_links.is_granted": lambda text: signed_links.is_granted("1", "2", text, KEY),
    "app.orders.signed_links.verify_checkout_form": lambda text: signed_links.verify_checkout_form(
        text, "visitor", KEY
    ),
    "app.payments.webhooks.verify_signature": lambda text: verify_signature(
        text, text.encode("utf-8", "replace"), KEY, now=NOON
    ),
    "app.shipping.postcodes.normalize_postcode": lambda text: [
        postcodes.normalize_postcode(it, text) for it in COUNTRIES[:1]
    ],
    "app.shipping.postcodes.is_postcode_of_region": lambda text: postcodes.is_postcode_of_region(
        "US", "CA", text
    ),
    "app.shipping.regions.find_region": lambda text: regions.find_region("JP", text),
    "app.text_policy.to_unicode_form": lambda text: [
        to_unicode_form(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")
    ],
    "app.catalog.image_uploads.ImageUpload.from_key": lambda text: ImageUpload.from_key(text, ""),
}
# Readers of more than one text, of headers and of bytes.
OTHER_READERS: Mapping[str, TextReader] = {
    "a heading of a CSV file": lambda text: read_csv(
        f"slug,{text}".encode("utf-8", "replace"), HEADER, max_rows=10**6
    ),
    "the rows of a CSV file": lambda text: read_csv(
        f"slug,title\n{text}".encode("utf-8", "replace"), HEADER, max_rows=10**6
    ),
    "the key of an uploaded file": lambda text: list(
        parse_uploads({"Records": [{"s3": {"object": {"key": text}}}]})
    ),
    "a key of an order": lambda text: signed_links.check_order_key("0" * 26, text, KEY),
    "a JPEG": partial(_image, b"\xff\xd8\xff"),
    "a comment in a JPEG": partial(_image, b"\xff\xd8\xff\xfe\xff\xf0"),
    "a PNG": partial(_image, b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"),
    "a WebP": partial(_image, b"RIFF\xff\xff\x00\x00WEBPVP8X"),
    **{
        f"{name} of an address in {country}": partial(_address_with, name, country)
        for name in FIELDS
        for country in COUNTRIES
    },
    **{
        f"{name} of a product": partial(_field, readers, name)
        for readers in (product_fields.PRODUCT_READERS, product_fields.VARIANT_READERS)
        for name, reader in readers.items()
    },
}


def text_functions() -> dict[str, list[str]]:
    """The public functions with a parameter for text, and all parameters that they require."""
    found = {}
    for path in deployed_modules():
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                arguments = [*node.args.args, *node.args.kwonlyargs]
                if any(map(_is_text, arguments)):
                    found[f"{module}.{node.name}"] = _required(node.args)
    return found


def _is_text(argument: ast.arg) -> bool:
    kind = ast.unparse(argument.annotation) if argument.annotation else ""
    return argument.arg in TEXT_PARAMETERS and kind in ("str", "bytes")


def _required(arguments: ast.arguments) -> list[str]:
    positional = arguments.args[: len(arguments.args) - len(arguments.defaults)]
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [it.arg for it in [*positional, *(it for it, default in keywords if default is None)]]


def found_readers() -> dict[str, TextReader]:
    """The functions that need nothing but the text."""
    found = {}
    for name, required in text_functions().items():
        if len(required) == 1 and name not in READERS and name not in PASSED_ON:
            module, _, function = name.rpartition(".")
            read = getattr(importlib.import_module(module), function)
            takes_bytes = read.__annotations__[required[0]] is bytes
            found[name] = partial(_read_bytes, read) if takes_bytes else read
    return found


def _read_bytes(read: Callable[[bytes], object], text: str) -> object:
    return read(text.encode("utf-8", "replace"))


def model_readers() -> dict[str, TextReader]:
    """The fields of all forms and of the bodies of the API."""
    models: list[type[BaseModel]] = [*_subclasses(Form), OrderRequest]
    models += _inner_models(OrderRequest)
    return {
        f"{model.__name__}.{name}": partial(_validate, model, name)
        for model in models
        for name in model.model_fields
    }


def _subclasses(model: type[Form]) -> Iterator[type[Form]]:
    for subclass in model.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _inner_models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for field in model.model_fields.values():
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield kind


def _validate(model: type[BaseModel], name: str, text: str) -> object:
    field = model.model_fields[name]
    return model.model_validate({field.alias or name: text})


def route_readers() -> dict[str, TextReader]:
    """The parameters that FastAPI reads from path, query, headers and form, by where they stand."""
    found: dict[str, TextReader] = {}
    for route in (it for router in ROUTERS for it in routes_of(router)):
        for field in _fields(route.dependant):
            annotation = field.field_info.annotation
            if isinstance(annotation, type) and issubclass(annotation, BaseModel):
                for name in annotation.model_fields:
                    found[f"{annotation.__name__}.{name}"] = partial(_validate, annotation, name)
            else:
                kind = f"{field.alias}: {annotation} {field.field_info.metadata}"
                found[kind] = partial(_validate_field, field)
    return found


def _fields(dependant: Dependant) -> Iterator[Any]:
    yield from (*dependant.path_params, *dependant.query_params, *dependant.header_params)
    yield from dependant.body_params
    for dependency in dependant.dependencies:
        yield from _fields(dependency)


def _validate_field(field: Any, text: str) -> object:
    return field.validate(text, {}, loc=())


def refuse(read: TextReader, text: str) -> None:
    """Read the text, which the reader may refuse."""
    with suppress(*REFUSALS):
        read(text)
