import pytest

from infra.user_error import Trouble
from tests.load.options import Wishes, wished


def test_what_is_not_said_is_as_usual() -> None:
    assert wished(["users=50", "think=0.5"]) == Wishes(users=50, think=0.5)


@pytest.mark.parametrize("word", ["user=50", "users=none", "users=0", "seconds=1", "users"])
def test_what_is_no_wish_is_said_with_those_there_are(word: str) -> None:
    with pytest.raises(Trouble, match=r"users=20, .*seconds=60"):
        wished([word])
