"""Promises written once, the steps to the vote, months for readers without contacts, facts of whoever is deleted."""

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("observatory", "0002_first_matches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Amendment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("ends_on", "Ultimo giorno"),
                            ("fee", "Quota chiesta alle imprese (euro)"),
                            ("decision", "Che cosa è stato deciso"),
                            ("work", "Che cosa è stato fatto"),
                            ("proposal", "Proposta all'assemblea"),
                            ("target", "Obiettivo"),
                        ],
                        max_length=10,
                        verbose_name="che cosa cambia",
                    ),
                ),
                (
                    "measure",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("members", "Aderenti della provincia"),
                            ("informed", "Imprese informate"),
                            ("consented", "Imprese che hanno acconsentito"),
                            ("complete", "Imprese con il profilo completo"),
                            ("adhesion", "Imprese che hanno aderito"),
                            ("matched", "Imprese con un abbinamento"),
                            ("answered", "Imprese con una risposta"),
                            ("outcome", "Imprese con un esito"),
                        ],
                        help_text="Solo per un obiettivo.",
                        max_length=12,
                        verbose_name="misura",
                    ),
                ),
                ("before", models.TextField(blank=True, editable=False, verbose_name="prima")),
                ("after", models.TextField(max_length=3000, verbose_name="dopo")),
                ("reason", models.CharField(max_length=500, verbose_name="perché")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="il")),
            ],
            options={
                "verbose_name": "modifica a quanto promesso",
                "verbose_name_plural": "modifiche a quanto promesso",
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("approved_on", models.DateField(verbose_name="approvata dall'assemblea il")),
                (
                    "decision",
                    models.CharField(
                        choices=[("goes_on", "prosegue"), ("stops", "si ferma"), ("extended", "proroga")],
                        max_length=10,
                        verbose_name="decisione",
                    ),
                ),
                ("votes_for", models.PositiveIntegerField(blank=True, null=True, verbose_name="voti favorevoli")),
                ("votes_against", models.PositiveIntegerField(blank=True, null=True, verbose_name="voti contrari")),
                ("abstained", models.PositiveIntegerField(blank=True, null=True, verbose_name="astenuti")),
                ("protocol", models.CharField(blank=True, max_length=60, verbose_name="numero di protocollo")),
                (
                    "at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="registrata il"
                    ),
                ),
            ],
            options={
                "verbose_name": "approvazione",
                "verbose_name_plural": "approvazioni",
                "ordering": ["-approved_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="KeptFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organization_id", models.BigIntegerField(verbose_name="organizzazione")),
                ("network_id", models.BigIntegerField(null=True, verbose_name="rete")),
                ("kind", models.CharField(max_length=10, verbose_name="che cosa")),
                ("since", models.DateTimeField(verbose_name="da")),
                ("until", models.DateTimeField(null=True, verbose_name="fino a")),
            ],
            options={
                "verbose_name": "fatto di chi non c'è più",
                "verbose_name_plural": "fatti di chi non c'è più",
            },
        ),
        migrations.CreateModel(
            name="Month",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last_day", models.DateField(verbose_name="ultimo giorno del mese")),
                ("content", models.TextField(verbose_name="contenuto")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="il")),
            ],
            options={
                "verbose_name": "mese chiuso",
                "verbose_name_plural": "mesi chiusi",
                "ordering": ["-last_day"],
            },
        ),
        migrations.CreateModel(
            name="Paper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_approved", models.BooleanField(verbose_name="con l'approvazione")),
                ("content", models.BinaryField(verbose_name="PDF")),
                ("sha256", models.CharField(max_length=64, verbose_name="sha256")),
            ],
            options={
                "verbose_name": "PDF conservato",
                "verbose_name_plural": "PDF conservati",
            },
        ),
        migrations.AlterModelOptions(
            name="snapshot",
            options={
                "ordering": ["-at"],
                "verbose_name": "relazione chiusa",
                "verbose_name_plural": "relazioni chiuse",
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="experiment",
            name="closed_is_closed",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="snapshot",
            name="snapshot_stays",
        ),
        migrations.AddField(
            model_name="experiment",
            name="ready_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="pronta il"),
        ),
        migrations.AddField(
            model_name="experiment",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "in corso"),
                    ("ready", "pronta da chiudere"),
                    ("closed", "chiusa, da approvare"),
                    ("approved", "approvata"),
                ],
                db_default="open",
                default="open",
                editable=False,
                max_length=10,
                verbose_name="stato",
            ),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="withdrawal",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=500, verbose_name="perché è stata ritirata"
            ),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="ritirata il"),
        ),
        migrations.AlterField(
            model_name="snapshot",
            name="experiment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="snapshots",
                to="observatory.experiment",
                verbose_name="sperimentazione",
            ),
        ),
        # What was closed is closed; whether an assembly approved it nobody wrote down: that is said on its page.
        migrations.RunSQL(
            "UPDATE observatory_experiment SET state = 'closed' WHERE closed_at IS NOT NULL", migrations.RunSQL.noop
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="experiment",
            trigger=pgtrigger.compiler.Trigger(
                name="promises_are_written_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.ends_on IS DISTINCT FROM NEW.ends_on OR OLD.fee IS DISTINCT FROM NEW.fee OR (OLD.decision <> '' AND OLD.decision IS DISTINCT FROM NEW.decision) OR (OLD.work <> '' AND OLD.work IS DISTINCT FROM NEW.work) OR (OLD.proposal <> '' AND OLD.proposal IS DISTINCT FROM NEW.proposal))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="24afc4ede6daa3a73ada2b5c2362670d9f5b991e",
                    operation="UPDATE",
                    pgid="pgtrigger_promises_are_written_once_4178c",
                    table="observatory_experiment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="experiment",
            trigger=pgtrigger.compiler.Trigger(
                name="closed_is_closed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.state = 'closed' AND ROW(OLD.name, OLD.ends_on, OLD.fee, OLD.decision, OLD.work, OLD.proposal, OLD.opened_at) IS DISTINCT FROM ROW(NEW.name, NEW.ends_on, NEW.fee, NEW.decision, NEW.work, NEW.proposal, NEW.opened_at))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="5cba6c5442fad63d3545dac3d76272c8e1de205e",
                    operation="UPDATE",
                    pgid="pgtrigger_closed_is_closed_b970b",
                    table="observatory_experiment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="experiment",
            trigger=pgtrigger.compiler.Trigger(
                name="approved_is_approved",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.state = 'approved')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="8aa3f21011c97da1bac2cf8e4bceaa67a74db5f3",
                    operation="UPDATE",
                    pgid="pgtrigger_approved_is_approved_efe62",
                    table="observatory_experiment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="snapshot",
            trigger=pgtrigger.compiler.Trigger(
                name="snapshot_is_frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."experiment_id" IS DISTINCT FROM (NEW."experiment_id") OR OLD."content" IS DISTINCT FROM (NEW."content") OR OLD."sha256" IS DISTINCT FROM (NEW."sha256") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="fa83e415ed2d7900113e8ca99f3d610baa8a6c3c",
                    operation="UPDATE",
                    pgid="pgtrigger_snapshot_is_frozen_ae598",
                    table="observatory_snapshot",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="snapshot",
            trigger=pgtrigger.compiler.Trigger(
                name="withdrawn_is_withdrawn",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."withdrawn_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="9dede13c4981818555532e05832ac74cf1aa9a54",
                    operation="UPDATE",
                    pgid="pgtrigger_withdrawn_is_withdrawn_486a9",
                    table="observatory_snapshot",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="snapshot",
            trigger=pgtrigger.compiler.Trigger(
                name="snapshot_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="4203fb384941ee2e5f1fc8257e9967495cad3fd7",
                    operation="DELETE",
                    pgid="pgtrigger_snapshot_stays_fd490",
                    table="observatory_snapshot",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="target",
            trigger=pgtrigger.compiler.Trigger(
                name="target_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b01eb8475bc6a3849a1ce22d0ee9e630b5fd4dd3",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_target_stays_68f10",
                    table="observatory_target",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="target",
            trigger=pgtrigger.compiler.Trigger(
                name="targets_are_set_at_the_opening",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF NOT EXISTS (SELECT 1 FROM observatory_experiment WHERE id = NEW.experiment_id AND state = 'open' AND opened_at > now() - interval '1 day') THEN\n                RAISE EXCEPTION 'targets are written on the day of the opening: later ones are amendments';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="a9403e9232ec05341afaaca2a947e2ceb0d45086",
                    operation="INSERT",
                    pgid="pgtrigger_targets_are_set_at_the_opening_60639",
                    table="observatory_target",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="snapshot",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("experiment",),
                name="one_standing_report_per_experiment",
            ),
        ),
        migrations.AddField(
            model_name="amendment",
            name="author",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="di",
            ),
        ),
        migrations.AddField(
            model_name="amendment",
            name="experiment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="amendments",
                to="observatory.experiment",
                verbose_name="sperimentazione",
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="snapshot",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="approval",
                to="observatory.snapshot",
                verbose_name="relazione chiusa",
            ),
        ),
        migrations.AddIndex(
            model_name="keptfact",
            index=models.Index(fields=["kind", "since"], name="kept_fact_by_kind"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="keptfact",
            trigger=pgtrigger.compiler.Trigger(
                name="kept_fact_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="015f47b8f8324d81c8b92cf6989590fc7f028ae9",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_kept_fact_stays_f0c5f",
                    table="observatory_keptfact",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="month",
            name="experiment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="months",
                to="observatory.experiment",
                verbose_name="sperimentazione",
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="snapshot",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="papers",
                to="observatory.snapshot",
                verbose_name="relazione chiusa",
            ),
        ),
        migrations.AddConstraint(
            model_name="amendment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("what", "target"), models.Q(("measure", ""), _negated=True)),
                    models.Q(models.Q(("what", "target"), _negated=True), ("measure", "")),
                    _connector="OR",
                ),
                name="only_a_target_has_a_measure",
                violation_error_message="La misura si indica per un obiettivo, e solo per quello.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="amendment",
            trigger=pgtrigger.compiler.Trigger(
                name="amendment_stays_as_written",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."experiment_id" IS DISTINCT FROM (NEW."experiment_id") OR OLD."what" IS DISTINCT FROM (NEW."what") OR OLD."measure" IS DISTINCT FROM (NEW."measure") OR OLD."before" IS DISTINCT FROM (NEW."before") OR OLD."after" IS DISTINCT FROM (NEW."after") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="7524de125ac1909361370475a683e9b6dbf01b2c",
                    operation="UPDATE",
                    pgid="pgtrigger_amendment_stays_as_written_fa07c",
                    table="observatory_amendment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="amendment",
            trigger=pgtrigger.compiler.Trigger(
                name="amendment_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="e334e39197e54d9cf2c7302d7c91db035d08532d",
                    operation="DELETE",
                    pgid="pgtrigger_amendment_stays_4094c",
                    table="observatory_amendment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="amendment",
            trigger=pgtrigger.compiler.Trigger(
                name="amended_while_open",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF NOT EXISTS (SELECT 1 FROM observatory_experiment WHERE id = NEW.experiment_id AND state = 'open') THEN\n                RAISE EXCEPTION 'a closed experiment is amended no more';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="fcba8e42fb021ef28cd8336a947847ffa631f868",
                    operation="INSERT",
                    pgid="pgtrigger_amended_while_open_91e01",
                    table="observatory_amendment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="approval",
            trigger=pgtrigger.compiler.Trigger(
                name="approval_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="7c639abd7f253fc8583a9f3f893459fa8237d9d0",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_approval_stays_b0aab",
                    table="observatory_approval",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="month",
            constraint=models.UniqueConstraint(fields=("experiment", "last_day"), name="one_content_a_month"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="month",
            trigger=pgtrigger.compiler.Trigger(
                name="month_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="181abaceac0611e7f63b5669c515acec44a4a1d0",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_month_stays_99f73",
                    table="observatory_month",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.UniqueConstraint(fields=("snapshot", "is_approved"), name="one_paper_of_a_kind"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paper",
            trigger=pgtrigger.compiler.Trigger(
                name="paper_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="cbb68500c56709ea8304aaf7531cf4c708bed7b6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_paper_stays_f65cf",
                    table="observatory_paper",
                    when="BEFORE",
                ),
            ),
        ),
    ]
