import pytest

from infra.local.cloud import LocalCloud
from infra.local.faults.switchboard import Switchboard
from infra.ops.deployed_stack import Deployed
from infra.user_error import Trouble
from tests.load.faults import bad_weather
from tests.load.options import wished


def test_faults_are_on_while_people_shop_and_off_whatever_happens(tables: LocalCloud) -> None:
    board, faults = Switchboard(tables), wished(["faults=duplicate,provider-times-out"]).weather

    def shopping() -> None:
        with bad_weather(Deployed.on(tables), faults):
            assert set(board.on()) == set(faults)
            raise LookupError

    with pytest.raises(LookupError):
        shopping()
    assert board.on() == {}


def test_a_fault_that_there_is_not_leaves_none_on(tables: LocalCloud) -> None:
    shop = Deployed.on(tables)

    with pytest.raises(Trouble, match="no fault 'rain'"), bad_weather(shop, ("duplicate", "rain")):
        pass

    assert Switchboard(tables).on() == {}


def test_a_fault_may_be_weaker_or_stronger_than_usual(tables: LocalCloud) -> None:
    wishes = wished(["faults=kill:8,duplicate"])

    with bad_weather(Deployed.on(tables), wishes.weather):
        assert Switchboard(tables).on() == {"kill": 8, "duplicate": 3}
    assert wishes.deadly
    assert not wished(["faults=duplicate"]).deadly


def test_a_strength_is_a_number(tables: LocalCloud) -> None:
    with pytest.raises(Trouble, match="kill:8"), bad_weather(Deployed.on(tables), ("kill:often",)):
        pass


def test_nobody_breaks_a_shop_on_aws() -> None:
    with (
        pytest.raises(Trouble, match="this machine only"),
        bad_weather(Deployed(lambda _: None, "shop"), ("kill",)),
    ):
        pass
