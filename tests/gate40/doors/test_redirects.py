"""An address that came with the request leads nowhere but to the portal itself."""

from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

ELSEWHERE = [
    "https://altrove.example",
    "//altrove.example",
    "/\\altrove.example",
    "\\\\altrove.example",
    "https:altrove.example",
    "http:///altrove.example",
    "\thttps://altrove.example",
    "javascript:alert(1)",
    "https://testserver@altrove.example",
    "https://testserver.altrove.example/",
]


def led_to(cast, page, asked):
    cache.clear()
    client, sent = Client(), {"next": asked}
    if page == "set_language":
        sent |= {"language": "it"}
    else:
        sent |= {"login": "owner@persone.example", "password": "parola-lunga"}
    return client.post(reverse(page), sent)["Location"]


@pytest.mark.parametrize("page", ["account_login", "set_language"])
@pytest.mark.parametrize("asked", ELSEWHERE)
def test_nobody_is_led_elsewhere(cast, page, asked):
    parts = urlsplit(led_to(cast, page, asked))
    assert (parts.scheme, parts.netloc, parts.path[:2] in ("/", "/a", "/r")) == ("", "", True)


@pytest.mark.parametrize("page", ["account_login", "set_language"])
def test_a_page_of_ours_is_gone_back_to(cast, page):
    """The control: what is asked for counts."""
    assert led_to(cast, page, "/notizie/") == "/notizie/"
