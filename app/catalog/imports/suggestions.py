"""Which field a column of another program's file most likely is, by the name of the column.

Shopify: https://help.shopify.com/en/manual/products/import-export/using-csv
WooCommerce: https://github.com/woocommerce/woocommerce/wiki/Product-CSV-Import-Schema
"""

from collections.abc import Sequence

from app.catalog.imports.mapping import REPEATABLE
from app.csv_io.reader import column_name

SHOPIFY, WOOCOMMERCE = "Shopify", "WooCommerce"
NAMES: dict[str, str] = {
    "slug": "slug handle url_handle url_slug url_key permalink",
    "title": "title name product product_name product_title titel bezeichnung artikelname "
    "artikelbezeichnung produktname produkt artikel",
    "sku": "sku variant_sku item_number product_code artikelnummer artikelnr. artikel_nr. art._nr.",
    "variant": "variant variant_name variante option1_value option2_value option3_value size "
    "color colour größe farbe ausführung attribute_1_value(s) attribute_2_value(s) "
    "attribute_3_value(s) attribut_1_wert(e) attribut_2_wert(e) attribut_3_wert(e)",
    "category": "category categories product_type kategorie kategorien warengruppe "
    "produktkategorie",
    "blurb": "blurb short_description summary teaser kurzbeschreibung",
    "description": "description body_(html) body long_description beschreibung "
    "langbeschreibung produktbeschreibung",
    "details": "details",
    "tags": "tags keywords schlagwörter schlagworte stichwörter",
    "materials": "material materials materialien",
    "price": "price variant_price regular_price unit_price preis regulärer_preis verkaufspreis "
    "bruttopreis einzelpreis",
    "sale_price": "sale_price special_price angebotspreis aktionspreis",
    "compare_at": "compare_at variant_compare_at_price compare_at_price list_price rrp msrp "
    "streichpreis uvp",
    "weight_g": "weight_g variant_grams weight_value_(grams) weight_(g) gewicht_(g)",
    "weight_kg": "weight_(kg) gewicht_(kg)",
    "weight_lb": "weight_(lbs) weight_(lb)",
    "weight_oz": "weight_(oz)",
    "barcode": "barcode variant_barcode gtin ean isbn upc strichcode "
    "gtin,_upc,_ean,_or_isbn gtin,_upc,_ean_oder_isbn",
    "stock": "stock quantity qty available inventory variant_inventory_qty inventory_quantity "
    "bestand lagerbestand lager menge",
    "image": "image images image_src image_url variant_image product_image_url variant_image_url "
    "bild bilder bild_url foto",
    "id": "id",
    "parent": "parent übergeordnetes_produkt",
    "type": "typ",
}
FIELD_OF = {name: field for field, names in NAMES.items() for name in names.split()}


def source_of(headings: Sequence[str]) -> str:
    """The program that has exported the file, or ""."""
    names = {column_name(heading) for heading in headings}
    if "title" in names and names & {"handle", "url_handle"}:
        return SHOPIFY
    is_typed = names & {"type", "typ"} and names & {"regular_price", "regulärer_preis"}
    return WOOCOMMERCE if is_typed and "sku" in names | {"artikelnummer"} else ""


def suggested_fields(headings: Sequence[str]) -> tuple[str, ...]:
    """The field of each column, or "" for a column that is left out."""
    special = {SHOPIFY: {"type": "category"}, WOOCOMMERCE: {"type": "type"}}
    known = {**FIELD_OF, **special.get(source_of(headings), {})}
    if not source_of(headings):
        known = {name: field for name, field in known.items() if field not in ("id", "type")}
    fields: list[str] = []
    for heading in headings:
        field = known.get(column_name(heading), "")
        is_taken = field in fields and field not in REPEATABLE
        fields.append("" if is_taken else field)
    return tuple(fields)
