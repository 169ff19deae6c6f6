"""Searches in vain are counted by firms: a bit each, which many share. Those noted before are nobody's in particular."""

from django.db import migrations, models

ANYBODY = 1 << 60


class Migration(migrations.Migration):
    dependencies = [("members", "0011_refusals")]

    operations = [
        migrations.AddField(
            model_name="unmetsearch",
            name="marks",
            field=models.BigIntegerField(
                db_default=ANYBODY, default=ANYBODY, editable=False, verbose_name="segni di chi ha cercato"
            ),
        ),
    ]
