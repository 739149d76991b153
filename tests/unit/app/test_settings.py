from app.settings import settings
from tests.fake_clouds import override_settings


def test_settings_are_read_from_the_environment_once() -> None:
    with override_settings(
        packing_seconds="7",
        owner_emails=" Ada@Potter.example, ,bo@potter.example",
        staff_emails="cy@potter.example",
    ):
        assert settings().packing_seconds == 7
        assert settings() is settings()
        assert settings().owners == {"ada@potter.example", "bo@potter.example"}
        assert settings().merchants == settings().owners | {"cy@potter.example"}


def test_without_addresses_there_are_no_merchants() -> None:
    with override_settings(owner_emails="", staff_emails=""):
        assert settings().merchants == frozenset()
