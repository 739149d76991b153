"""Which hosts, origins and paths may reach the ports of the local shop."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.allow_list import find_origin_refusal, find_target_refusal, local_origins

LOCAL = [(b"host", b"localhost:8000")]
SHOP = local_origins(8000)


@pytest.mark.parametrize(
    "path",
    [
        b"/",
        b"/products/tarn-vase",
        b"/a..b/...",
        b"/.well-known/security.txt",
        b"/%E2%82%AC",
        b"//x",
    ],
)
def test_ordinary_paths_are_allowed(path: bytes) -> None:
    assert find_target_refusal(path, LOCAL) is None


@pytest.mark.parametrize(
    "path",
    [
        *(b"/../../_ministack/ses/messages", b"/..", b"/.", b"/a/./b", b"/a/../b", b"/a\\..\\b"),
        *(b"/%2e%2e/x", b"/.%2E/x", b"/..%2fx", b"/%2e", b"/%252e%252e/x", b"/a%5c..%5cb"),
        *(b"/%00", b"/static/dev/%00", b"/%2500"),
        *(b"http://localhost:8000/", b"https://evil.example/", b"*", b"evil.example:443", b""),
    ],
)
def test_dot_segments_nul_and_whole_urls_are_refused(path: bytes) -> None:
    refusal = find_target_refusal(path, LOCAL)

    assert refusal is not None
    assert refusal.status == 400


@given(
    before=st.text(max_size=5),
    dots=st.sampled_from([".", ".."]),
    after=st.sampled_from(["", "/", "/x", "\\x"]),
    rounds=st.integers(1, 4),
)
def test_dot_segment_is_found_however_often_it_is_encoded(
    before: str, dots: str, after: str, rounds: int
) -> None:
    path = f"/{before}/{dots}{after}"
    for _ in range(rounds):
        path = "/" + "".join(f"%{ord(it):02x}" if it in "./\\" else quote(it) for it in path[1:])

    assert find_target_refusal(path.encode(), LOCAL) is not None


@pytest.mark.parametrize(
    "host", [b"localhost", b"LOCALHOST:4566", b"localhost:8000", b"127.0.0.1:4566", b"127.0.0.1"]
)
def test_names_of_this_machine_are_allowed_hosts(host: bytes) -> None:
    assert find_target_refusal(b"/", [(b"Host", host)]) is None


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"host", b"")],
        [(b"host", b"evil.example")],
        [(b"host", b"evil.example:8000")],
        [(b"host", b"localhost.evil.example:8000")],
        [(b"host", b"abcd1234.execute-api.localhost:4566")],
        [(b"host", b"localhost:8000@evil.example")],
        [(b"host", b"127.0.0.1.nip.io")],
        [(b"host", b"127.0.0.2")],
        [(b"host", b"localhost:8000\n")],
        [(b"host", b"localhost"), (b"host", b"evil.example")],
    ],
)
def test_dns_rebinding_names_and_missing_hosts_are_refused(
    headers: list[tuple[bytes, bytes]],
) -> None:
    refusal = find_target_refusal(b"/", headers)

    assert refusal is not None
    assert "Host must be localhost" in refusal.reason


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"sec-fetch-site", b"none")],
        [(b"origin", b"http://localhost:8000"), (b"sec-fetch-site", b"cross-site")],
        [(b"Origin", b"http://127.0.0.1:8000")],
    ],
)
def test_the_shops_pages_and_programs_are_allowed(headers: list[tuple[bytes, bytes]]) -> None:
    assert find_origin_refusal(headers, SHOP) is None


@pytest.mark.parametrize(
    "headers",
    [
        [(b"origin", b"https://evil.example")],
        [(b"origin", b"null")],
        [(b"origin", b"")],
        [(b"origin", b"http://localhost:8001")],
        [(b"origin", b"https://localhost:8000")],
        [(b"origin", b"http://localhost:8000.evil.example")],
        [(b"origin", b"http://localhost:8000"), (b"origin", b"https://evil.example")],
        [(b"Sec-Fetch-Site", b"cross-site")],
        [(b"sec-fetch-site", b"same-site")],
    ],
)
def test_pages_of_other_origins_are_refused(headers: list[tuple[bytes, bytes]]) -> None:
    refusal = find_origin_refusal(headers, SHOP)

    assert refusal is not None
    assert refusal.status == 403
