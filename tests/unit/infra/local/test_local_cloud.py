"""Start and stop of the local cloud, its saved state, and the messages of its errors."""

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
from infra.local.ports import bind_port, find_free_port
from infra.local.state_dir import StateDir
from infra.user_error import UserError

SENDER = "orders@hearth.example"


def a_cloud(folder: Path) -> LocalCloud:
    return LocalCloud(folder, find_free_port(), find_free_port(), persistent=True)


def test_messages_survive_a_restart(tmp_path: Path) -> None:
    first, second = a_cloud(tmp_path), a_cloud(tmp_path)

    assert first.start() is False
    url = first.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    first.client("sqs").send_message(QueueUrl=url, MessageBody="tea pot")
    first.stop()
    assert second.start() is True
    response = second.client("sqs").receive_message(
        QueueUrl=second.client("sqs").get_queue_url(QueueName="orders")["QueueUrl"]
    )
    second.stop()

    assert response["Messages"][0]["Body"] == "tea pot"


def test_emails_sent_during_the_stop_survive_a_restart(tmp_path: Path) -> None:
    first, second = a_cloud(tmp_path), a_cloud(tmp_path)
    first.start()
    first.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send_emails_until_stopped, first)
        while not sending.done() and len(Mailbox(first).list_emails()) < 10:
            pass
        first.stop()
    second.start()
    restored = {email.subject for email in Mailbox(second).list_emails()}
    second.stop()

    assert restored >= set(sending.result())


def send_emails_until_stopped(cloud: LocalCloud) -> list[str]:
    """The subjects of all emails that the cloud accepted."""
    sent: list[str] = []
    ses = cloud.client("sesv2")
    with suppress(BotoCoreError, ClientError):
        for number in count():
            simple = {"Subject": {"Data": str(number)}, "Body": {"Text": {"Data": "Hello"}}}
            to = {"ToAddresses": ["ada@potter.example"]}
            ses.send_email(FromEmailAddress=SENDER, Destination=to, Content={"Simple": simple})
            sent.append(str(number))
    return sent


def test_key_of_an_earlier_run_is_refused(tmp_path: Path) -> None:
    first = a_cloud(tmp_path)
    first.start()
    first.client("sqs").list_queues()
    first.stop()
    second = LocalCloud(tmp_path, first.port, first.web_port, persistent=True)
    second.start()

    with pytest.raises(ClientError, match="AccessDenied"):
        first.client("sqs").list_queues()
    LocalCloud.running_in(tmp_path).client("sqs").list_queues()
    second.stop()
    assert not second.state_dir.operator_key.exists()


def test_stop_leaves_no_process_and_no_temporary_files(tmp_path: Path) -> None:
    cloud = a_cloud(tmp_path)
    cloud.start()
    cloud.stop()

    with pytest.raises(httpx.ConnectError):
        httpx.get(cloud.url)
    assert not cloud.state_dir.scratch.exists()


def test_orphaned_emulator_is_stopped_and_its_state_saved(tmp_path: Path) -> None:
    killed, next_cloud = a_cloud(tmp_path), a_cloud(tmp_path)
    killed.start()
    killed.client("sqs").create_queue(QueueName="orders")
    killed.state_dir.release()  # as the system does when a process is killed

    assert next_cloud.start() is True
    queues = next_cloud.client("sqs").list_queues()["QueueUrls"]
    next_cloud.stop()

    assert len(queues) == 1
    with pytest.raises(httpx.ConnectError):
        httpx.get(killed.url)


def test_corrupt_state_is_discarded(tmp_path: Path) -> None:
    first, second = a_cloud(tmp_path), a_cloud(tmp_path)
    first.start()
    first.client("sqs").create_queue(QueueName="orders")
    first.stop()
    (tmp_path / "state/sqs.json").write_text("{ corrupt")

    assert second.start() is False
    queues = second.client("sqs").list_queues().get("QueueUrls", [])
    second.stop()

    assert queues == []


@pytest.mark.parametrize("version", [None, "layout 1, ministack 0.1"])
def test_state_of_another_version_is_discarded(tmp_path: Path, version: str | None) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state/sqs.json").write_text("{}")
    (tmp_path / "taken-back.json").write_text("[]")  # a file of an older layout
    if version:
        (tmp_path / "version.txt").write_text(version)
    cloud = a_cloud(tmp_path)

    assert cloud.start() is False
    discarded = cloud.discarded_outdated_state
    cloud.stop()

    assert discarded
    assert not (tmp_path / "taken-back.json").exists()


def test_state_of_this_version_is_kept(tmp_path: Path) -> None:
    state_dir = StateDir(tmp_path)
    state_dir.acquire()
    assert not state_dir.discard_outdated()  # an empty folder has nothing to discard
    state_dir.prepare()
    (state_dir.state / "sqs.json").write_text("{}")

    assert not state_dir.discard_outdated()
    assert state_dir.has_saved_state()
    state_dir.release()


def test_state_folder_is_locked_against_a_second_shop(tmp_path: Path) -> None:
    StateDir(tmp_path).folder.mkdir(exist_ok=True)
    first = StateDir(tmp_path)
    first.acquire()

    with pytest.raises(UserError, match=rf"already running \(process {os.getpid()}\)"):
        StateDir(tmp_path).acquire()
    first.release()
    StateDir(tmp_path).acquire()


def test_failed_start_of_a_second_shop_keeps_the_files_of_the_first(tmp_path: Path) -> None:
    first, second = a_cloud(tmp_path), a_cloud(tmp_path)
    first.start()

    with pytest.raises(UserError, match="already running"):
        second.start()
    second.stop()

    assert first.state_dir.scratch.exists()
    assert LocalCloud.running_in(tmp_path).port == first.port
    first.stop()


def test_error_about_a_used_port_names_the_option() -> None:
    port = find_free_port()
    holder = bind_port(port, "--port")
    holder.listen()

    with pytest.raises(UserError, match=rf"Port {port} is in use.*choose another port with --port"):
        bind_port(port, "--port")
    holder.close()


def test_commands_report_that_no_shop_is_running(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No shop is running here: start it with `make dev`"):
        LocalCloud.running_in(tmp_path)


def test_error_about_a_failed_start_names_the_log_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.emulator.COMMAND", ("/bin/false",))
    cloud = a_cloud(tmp_path)

    with pytest.raises(UserError, match=r"did not start: see the end of .*emulator\.log"):
        cloud.start()
    cloud.stop()


def test_developers_environment_is_not_passed_to_the_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment: dict[str, str] = {}
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setattr("subprocess.Popen", lambda *_, env, **__: environment.update(env) or 1 / 0)

    with pytest.raises(ZeroDivisionError):
        a_cloud(tmp_path).start()

    assert environment["AUTH"] == "true"
    assert "GITHUB_TOKEN" not in environment
