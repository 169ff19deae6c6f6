"""Announcements are found by their words."""

import django.contrib.postgres.indexes
from django.db import migrations

from members.models import search_words


class Migration(migrations.Migration):
    dependencies = [("news", "0007_mail_that_a_postmaster_signs"), ("members", "0010_one_search")]

    operations = [
        migrations.AddField(
            model_name="announcement",
            name="words",
            field=search_words(title="A", body="B", html=["body"]),
        ),
        migrations.AddIndex(
            model_name="announcement",
            index=django.contrib.postgres.indexes.GinIndex(fields=["words"], name="announcement_words"),
        ),
    ]
