import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("news", "0004_consent_segments_and_newsletters")]

    operations = [
        migrations.RenameField("batch", "cursor", "window_from"),
        migrations.AlterField("batch", "window_from", models.BigIntegerField(default=0, verbose_name="in consegna da")),
        migrations.AddField("batch", "window_to", models.BigIntegerField(default=0, verbose_name="in consegna fino a")),
        migrations.AddField(
            "batch", "missed_at", models.DateTimeField(blank=True, null=True, verbose_name="senza notizie dal")
        ),
        # A batch that is open now stands at its cursor alone.
        migrations.RunSQL("UPDATE news_batch SET window_to = window_from", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Progress",
            fields=[
                (
                    "batch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="progress",
                        serialize=False,
                        to="news.batch",
                        verbose_name="lotto",
                    ),
                ),
                ("cursor", models.BigIntegerField(default=0, verbose_name="arrivato a")),
            ],
            options={"verbose_name": "avanzamento", "verbose_name_plural": "avanzamenti"},
        ),
        migrations.RunSQL("ALTER TABLE news_progress SET UNLOGGED", migrations.RunSQL.noop),
    ]
