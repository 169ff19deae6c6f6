import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("news", "0004_consent_segments_and_newsletters"), ("members", "0001_initial")]

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
        migrations.AddField(
            "segment",
            "activities",
            models.ManyToManyField(
                blank=True,
                help_text="Per esempio 23.7, pietre. Un settore vale per tutto ciò che contiene; ne basta uno.",
                to="members.economicactivity",
                verbose_name="settori (ATECO)",
            ),
        ),
        migrations.CreateModel(
            name="DeliveryCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("account", "Accesso e sicurezza"),
                            ("service", "Avviso di servizio"),
                            ("digest", "Riepilogo"),
                            ("newsletter", "Newsletter"),
                        ],
                        max_length=12,
                        verbose_name="che cosa",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("empty", "niente di nuovo"),
                            ("pending", "in coda"),
                            ("claimed", "presa in carico"),
                            ("retry", "da ritentare"),
                            ("sent", "consegnata"),
                            ("failed", "non riuscita"),
                            ("uncertain", "incerta"),
                            ("skipped", "saltata"),
                        ],
                        max_length=10,
                        verbose_name="stato",
                    ),
                ),
                ("is_bounced", models.BooleanField(default=False, verbose_name="tornate indietro")),
                ("month", models.DateField(verbose_name="mese")),
                ("count", models.PositiveIntegerField(verbose_name="quante")),
                (
                    "campaign",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="old_counts",
                        to="news.campaign",
                        verbose_name="invio",
                    ),
                ),
            ],
            options={
                "verbose_name": "conteggio di consegne",
                "verbose_name_plural": "conteggi di consegne",
                "ordering": ["-month", "purpose", "state"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("campaign", "purpose", "state", "is_bounced", "month"),
                        name="one_count_for_each_outcome",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.RunSQL("ALTER TABLE news_progress SET UNLOGGED", migrations.RunSQL.noop),
    ]
