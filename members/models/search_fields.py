"""Words that a row is found by, written by the database itself beside the row."""

from functools import reduce
from operator import add

from django.contrib.postgres.search import SearchVectorField
from django.db.models import Func, GeneratedField, TextField, Value


class Words(Func):
    """The words of a column, normalized (`members_plain`), stemmed and as written, with a weight from A to D."""

    function = "members_words"
    output_field = SearchVectorField()

    def __add__(self, other):
        return Joined(self, other)


class Joined(Func):
    template = "(%(expressions)s)"
    arg_joiner = " || "
    output_field = SearchVectorField()

    def __add__(self, other):
        return Joined(self, other)


class WithoutTags(Func):
    """The text of html."""

    function = "regexp_replace"
    template = "%(function)s(%(expressions)s, '<[^>]*>', ' ', 'g')"
    output_field = TextField()


def search_words(html=(), **weights) -> GeneratedField:
    """A column of the words of other columns of its row: the name of each and its weight; `html` names those that hold
    html."""
    columns = [(WithoutTags(column) if column in html else column, weight) for column, weight in weights.items()]
    parts = [Words(column, Value(weight)) for column, weight in columns]
    return GeneratedField(expression=reduce(add, parts), output_field=SearchVectorField(), db_persist=True)
