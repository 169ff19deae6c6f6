"""One competence becomes another name of a second one: whoever offered or needed it now offers or needs the second."""

from django.db import IntegrityError, transaction

from ..models import Alias, Competence


@transaction.atomic
def merge_competences(term, into) -> None:
    """Make `term` and its aliases aliases of `into`, and bring over every row of every table that named `term`.

    Where the same row exists for both, the one of `into` stays. `term` itself stays, marked, for the history.
    Raises ValueError for a merge into itself or into something that was merged away.
    """
    if into.pk == term.pk or into.merged_into_id:
        raise ValueError("a competence merges into another one that still stands")
    Alias.objects.get_or_create(competence=into, term=term.name_it.lower()[:80])
    for relation in Competence._meta.related_objects:
        if relation.field.name != "parent" and not relation.related_model.__name__.endswith("Event"):
            _bring_over(relation, term, into)
    term.merged_into = into
    term.save(update_fields=["merged_into"])


def _bring_over(relation, term, into):
    field = relation.field
    if field.many_to_many:
        rows = field.remote_field.through.objects.filter(competence=term)
        field_name = "competence"
    else:
        rows, field_name = relation.related_model.objects.filter(**{field.name: term}), field.name
    for row in rows:
        try:
            with transaction.atomic():
                type(row).objects.filter(pk=row.pk).update(**{field_name: into})
        except IntegrityError:  # the table already says it of `into`
            row.delete()
