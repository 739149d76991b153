"""Start and stop of the local cloud, and what a person is told when it cannot be."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.cloud import LocalCloud
from infra.local.console.emails import Mailbox
from infra.local.ports import any_free, claim
from infra.local.state_dir import Home
from infra.user_error import Trouble

SENDER = "orders@hearth.example"


def a_cloud(home: Path) -> LocalCloud:
    return LocalCloud(home, any_free(), any_free(), lasting=True)


def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    first, second = a_cloud(tmp_path), a_cloud(tmp_path)

    assert first.start() is False
    url = first.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    first.client("sqs").send_message(QueueUrl=url, MessageBody="tea pot")
    first.stop()
    assert second.start() is True
    found = second.client("sqs").receive_message(
        QueueUrl=second.client("sqs").get_queue_url(QueueName="orders")["QueueUrl"]
    )
    second.stop()

    assert found["Messages"][0]["Body"] == "tea pot"


def test_letters_that_went_out_while_it_stopped_are_there_again(tmp_path: Path) -> None:
    first, second = a_cloud(tmp_path), a_cloud(tmp_path)
    first.start()
    first.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(letters_until_it_is_gone, first)
        while not writing.done() and len(Mailbox(first).letters()) < 10:
            pass
        first.stop()
    second.start()
    kept = {letter.subject for letter in Mailbox(second).letters()}
    second.stop()

    assert kept >= set(writing.result())


def letters_until_it_is_gone(cloud: LocalCloud) -> list[str]:
    """Their subjects, as far as the cloud said that it has sent them."""
    sent: list[str] = []
    mail = cloud.client("sesv2")
    with suppress(BotoCoreError, ClientError):
        for number in count():
            simple = {"Subject": {"Data": str(number)}, "Body": {"Text": {"Data": "Hello"}}}
            to = {"ToAddresses": ["ada@potter.example"]}
            mail.send_email(FromEmailAddress=SENDER, Destination=to, Content={"Simple": simple})
            sent.append(str(number))
    return sent


def test_nothing_runs_and_nothing_lies_about_when_it_has_stopped(tmp_path: Path) -> None:
    cloud = a_cloud(tmp_path)
    cloud.start()
    cloud.stop()

    with pytest.raises(httpx.ConnectError):
        httpx.get(cloud.url)
    assert not cloud.home.scratch.exists()


def test_an_emulator_left_behind_is_stopped_and_its_state_saved(tmp_path: Path) -> None:
    killed, next_one = a_cloud(tmp_path), a_cloud(tmp_path)
    killed.start()
    killed.client("sqs").create_queue(QueueName="orders")
    killed.home.move_out()  # as the system does for a shop that is killed

    assert next_one.start() is True
    queues = next_one.client("sqs").list_queues()["QueueUrls"]
    next_one.stop()

    assert len(queues) == 1
    with pytest.raises(httpx.ConnectError):
        httpx.get(killed.url)


def test_spoilt_state_is_forgotten(tmp_path: Path) -> None:
    first, second = a_cloud(tmp_path), a_cloud(tmp_path)
    first.start()
    first.client("sqs").create_queue(QueueName="orders")
    first.stop()
    (tmp_path / "state/sqs.json").write_text("{ spoilt")

    assert second.start() is False
    queues = second.client("sqs").list_queues().get("QueueUrls", [])
    second.stop()

    assert queues == []


def test_state_of_another_emulator_is_not_used(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.state.mkdir()
    (home.state / "sqs.json").write_text("{}")
    (home.state / "made-by").write_text("ministack 0.1")

    assert not home.holds_usable_state()


def test_two_shops_cannot_live_in_one_folder(tmp_path: Path) -> None:
    Home(tmp_path).folder.mkdir(exist_ok=True)
    first = Home(tmp_path)
    first.move_in()

    with pytest.raises(Trouble, match=rf"already open \(process {os.getpid()}\)"):
        Home(tmp_path).move_in()
    first.move_out()
    Home(tmp_path).move_in()


def test_a_taken_port_says_who_holds_it_and_what_to_do() -> None:
    port = any_free()
    holder = claim(port, "--port")
    holder.listen()

    with pytest.raises(Trouble, match=rf"Port {port} is taken.*choose another with --port"):
        claim(port, "--port")
    holder.close()


def test_without_a_running_shop_the_other_commands_say_so(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="No shop is open here: start it with `make dev`"):
        LocalCloud.running_in(tmp_path)


def test_a_cloud_that_dies_at_its_start_says_where_to_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.emulator.WITH_FAULTS", ("/bin/false",))
    cloud = a_cloud(tmp_path)

    with pytest.raises(Trouble, match=r"did not start; its last words are in .*emulator\.log"):
        cloud.start()
    cloud.stop()


def test_the_developers_own_secrets_stay_out_of_the_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, str] = {}
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setattr("subprocess.Popen", lambda *_, env, **__: seen.update(env) or 1 / 0)

    with pytest.raises(ZeroDivisionError):
        a_cloud(tmp_path).start()

    assert seen["AUTH"] == "true"
    assert "GITHUB_TOKEN" not in seen
