"""The words of opportunities as the one normalizer writes them: accents, signs and apostrophes make no difference."""

import django.contrib.postgres.indexes
from django.db import migrations

from members.models import search_words


class Migration(migrations.Migration):
    dependencies = [("matchmaking", "0007_consortia"), ("members", "0010_one_search")]

    operations = [
        migrations.RemoveIndex(model_name="opportunity", name="opportunity_words"),
        migrations.RemoveField(model_name="opportunity", name="search"),
        migrations.AddField(model_name="opportunity", name="search", field=search_words(title="A", text="B")),
        migrations.AddIndex(
            model_name="opportunity",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="opportunity_words"),
        ),
    ]
