"""What trimming leaves in a bundle."""

from pathlib import Path
from zoneinfo import ZoneInfo

from app.settings import Settings
from infra.build.trimming import remove_time_zone_aliases

KEPT = ("Europe/Berlin", "America/New_York", "Etc/GMT", "UTC", "GMT", "__init__.py")
ALIASES = ("US/Eastern", "Canada/Pacific", "GB", "EST5EDT", "W-SU")


def test_aliases_of_time_zones_are_removed(tmp_path: Path) -> None:
    for name in (*KEPT, *ALIASES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("TZif")

    remove_time_zone_aliases(tmp_path)

    left = {str(it.relative_to(tmp_path)) for it in tmp_path.rglob("*") if it.is_file()}
    assert left == set(KEPT)


def test_default_time_zone_is_no_alias() -> None:
    zone = Settings().shop_time_zone

    assert ZoneInfo(zone).key == zone
    assert zone.partition("/")[0] == "Europe"
