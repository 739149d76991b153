import pytest

from infra.user_error import UserError
from tests.load.options import LoadOptions, parse_options


def test_options_that_are_not_given_have_defaults() -> None:
    assert parse_options(["users=50", "think=0.5"]) == LoadOptions(users=50, think=0.5)


@pytest.mark.parametrize("word", ["user=50", "users=none", "users=0", "seconds=1", "users"])
def test_an_invalid_option_is_refused_with_a_list_of_all_options(word: str) -> None:
    with pytest.raises(UserError, match=r"users=20, .*seconds=60"):
        parse_options([word])
