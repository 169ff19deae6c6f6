"""Feeds that a reader can read, whatever the rows hold."""

from django.utils.feedgenerator import Rss201rev2Feed

from ..rules.texts import readable


class ReadableRss(Rss201rev2Feed):
    """RSS 2.0 without control characters: one row from before would take the whole feed down."""

    def __init__(self, *args, **kwargs):
        super().__init__(*map(_read, args), **{name: _read(value) for name, value in kwargs.items()})

    def add_item(self, *args, **kwargs):
        super().add_item(*map(_read, args), **{name: _read(value) for name, value in kwargs.items()})


def _read(value):
    """Titles may be lazy translations: whatever is text by nature becomes readable text."""
    return readable(str(value)) if isinstance(value, str) or hasattr(value, "_proxy____cast") else value
