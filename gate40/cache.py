"""A cache whose absence slows the portal down but never stops it."""

import time

import redis
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

PAUSE = 5  # seconds during which a Redis that failed is not asked again


class SafeRedisCache(RedisCache):
    """Redis while it answers; this process's memory while it does not (so that rate limits still refuse)."""

    def __init__(self, server, params):
        options = {"socket_timeout": 0.3, "socket_connect_timeout": 0.3, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})
        self._memory = LocMemCache("redis-is-away", {})
        self._away_until = 0.0

    def _ask(self, method, *args, **kwargs):
        if time.monotonic() >= self._away_until:
            try:
                return getattr(super(), method)(*args, **kwargs)
            except redis.exceptions.RedisError:
                self._away_until = time.monotonic() + PAUSE
        return getattr(self._memory, method)(*args, **kwargs)


def _asking(method):
    def ask(self, *args, **kwargs):
        return self._ask(method, *args, **kwargs)

    return ask


for _method in (
    "add",
    "get",
    "set",
    "touch",
    "delete",
    "get_many",
    "set_many",
    "delete_many",
    "incr",
    "has_key",
    "clear",
):
    setattr(SafeRedisCache, _method, _asking(_method))
