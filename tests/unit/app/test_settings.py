from app.settings import settings
from tests.fake_clouds import told


def test_settings_are_read_from_the_environment_once() -> None:
    with told(packing_seconds="7", merchant_emails=" Ada@Potter.example, ,bo@potter.example"):
        assert settings().packing_seconds == 7
        assert settings() is settings()
        assert settings().merchants == {"ada@potter.example", "bo@potter.example"}


def test_a_function_that_was_told_nothing_has_no_merchants() -> None:
    with told(merchant_emails=""):
        assert settings().merchants == frozenset()
