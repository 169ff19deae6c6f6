"""Working days of the Italian calendar: neither Saturday nor Sunday, nor a national holiday. Pure: no Django."""

from datetime import date, timedelta
from functools import lru_cache

import holidays

SATURDAY = 5


@lru_cache
def _calendar():
    return holidays.country_holidays("IT")


def is_working_day(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in _calendar()


def between(first: date, last: date) -> int:
    """How many working days have begun after `first`, up to `last` included; the day of a request does not count."""
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    return sum(is_working_day(day) for day in days)


def after(first: date, count: int) -> date:
    """The `count`-th working day after a day: `between(first, after(first, n)) == n`."""
    day = first
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
