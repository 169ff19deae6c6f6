"""A cache whose absence slows the portal down but never stops it."""

import pytest
from django.core.cache import caches

from gate40.cache import SafeRedisCache


@pytest.fixture
def away():
    """A cache whose Redis does not answer."""
    return SafeRedisCache("redis://127.0.0.1:1/0", {})


def test_the_real_cache_keeps_what_it_is_given():
    cache = caches["default"]
    cache.set("prova", {"a": 1}, 30)
    assert cache.get("prova") == {"a": 1}
    assert cache.incr("conta", 1) if cache.add("conta", 0) else True
    cache.delete("prova")
    assert cache.get("prova") is None


def test_without_redis_it_remembers_in_this_process(away):
    away.set("prova", 1)
    assert away.get("prova") == 1
    assert away.add("prova", 2) is False
    assert away.incr("prova") == 2
    assert away.get_many(["prova"]) == {"prova": 2}
    away.delete("prova")
    assert away.get("prova", "niente") == "niente"


def test_a_redis_that_failed_is_left_alone_for_a_while(away, monkeypatch):
    away.get("prova")
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.get", lambda *args, **kwargs: 1 / 0)
    assert away.get("prova") is None
