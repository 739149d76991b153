import pytest

from infra.local.cloud import LocalCloud
from infra.local.faults.injector import FaultInjector
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError
from tests.load.faults import injected_faults
from tests.load.options import parse_options


def test_faults_are_active_during_a_run_and_removed_after_an_error(tables: LocalCloud) -> None:
    injector, faults = (
        FaultInjector(tables),
        parse_options(["faults=duplicate,provider-times-out"]).fault_names,
    )

    def failing_run() -> None:
        with injected_faults(DeployedStack.on_local_cloud(tables), faults):
            assert set(injector.active()) == set(faults)
            raise LookupError

    with pytest.raises(LookupError):
        failing_run()
    assert injector.active() == {}


def test_an_unknown_fault_leaves_no_fault_active(tables: LocalCloud) -> None:
    shop = DeployedStack.on_local_cloud(tables)

    with (
        pytest.raises(UserError, match="no fault 'storm'"),
        injected_faults(shop, ("duplicate", "storm")),
    ):
        pass

    assert FaultInjector(tables).active() == {}


def test_a_fault_can_have_a_strength(tables: LocalCloud) -> None:
    options = parse_options(["faults=kill:8,duplicate"])

    with injected_faults(DeployedStack.on_local_cloud(tables), options.fault_names):
        assert FaultInjector(tables).active() == {"kill": 8, "duplicate": 3}
    assert options.kills_functions
    assert not parse_options(["faults=duplicate"]).kills_functions


def test_the_strength_of_a_fault_must_be_a_number(tables: LocalCloud) -> None:
    with (
        pytest.raises(UserError, match="kill:8"),
        injected_faults(DeployedStack.on_local_cloud(tables), ("kill:often",)),
    ):
        pass


def test_faults_are_refused_for_a_stack_on_aws() -> None:
    with (
        pytest.raises(UserError, match="local shop only"),
        injected_faults(DeployedStack(lambda _: None, "shop"), ("kill",)),
    ):
        pass
