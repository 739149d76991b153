"""Reads lists of orders in the admin, page after page."""

import re
from html import unescape

import httpx
from fastapi.testclient import TestClient

ORDER_LINK = re.compile(r'<th scope="row"><a href="/admin/orders/(\w+)"')


def next_page(page: httpx.Response) -> str:
    """The address of the next page, empty at the end."""
    found = re.search(r'href="([^"]+)">Next page', page.text)
    return unescape(found[1]) if found else ""


def pages_of(merchant: TestClient, address: str) -> list[list[str]]:
    """The order ids of every page, by its links."""
    pages = []
    while address:
        page = merchant.get(address)
        assert page.status_code == 200
        pages.append(ORDER_LINK.findall(page.text))
        address = next_page(page)
    return pages
