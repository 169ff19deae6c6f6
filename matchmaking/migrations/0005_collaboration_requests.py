import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# What was written of a request stands; only the name of a person who was erased goes out of it.
KEEP_HISTORY = """
CREATE FUNCTION matchmaking_history_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.what, OLD.at, OLD.before, OLD.after, OLD.why, OLD.request_id, OLD.invitation_id)
        IS DISTINCT FROM (NEW.what, NEW.at, NEW.before, NEW.after, NEW.why, NEW.request_id, NEW.invitation_id)
        OR (NEW.by_id IS NOT NULL AND NEW.by_id IS DISTINCT FROM OLD.by_id) THEN
        RAISE EXCEPTION 'the history of a request is only ever added to';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER matchmaking_requeststep_is_kept BEFORE UPDATE ON matchmaking_requeststep
    FOR EACH ROW EXECUTE FUNCTION matchmaking_history_is_kept();
"""
FORGET_HISTORY = """
DROP TRIGGER matchmaking_requeststep_is_kept ON matchmaking_requeststep;
DROP FUNCTION matchmaking_history_is_kept();
"""
# Whom a financier does not want to hear of is part of what its suggestions rest on.
MUTES_COUNT = """
CREATE TRIGGER matchmaking_mute_organization_id_marks_change
    AFTER INSERT OR UPDATE OR DELETE ON matchmaking_mute
    FOR EACH ROW EXECUTE FUNCTION matchmaking_mark_change('organization_id')
"""
MUTES_DO_NOT_COUNT = "DROP TRIGGER matchmaking_mute_organization_id_marks_change ON matchmaking_mute"


class Migration(migrations.Migration):
    dependencies = [
        ("matchmaking", "0004_opportunities_in_full"),
        ("members", "0005_lists_brought_in"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CollaborationRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("collaboration", "Collaborazione"), ("financing", "Finanziamento")],
                        default="collaboration",
                        max_length=14,
                        verbose_name="tipo",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Bozza"),
                            ("open", "Aperta"),
                            ("closed", "Chiusa"),
                            ("withdrawn", "Ritirata"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="stato",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="che cosa vi serve")),
                ("text", models.TextField(blank=True, max_length=8000, verbose_name="il bisogno")),
                (
                    "expected",
                    models.TextField(blank=True, max_length=4000, verbose_name="che cosa vi aspettate da chi risponde"),
                ),
                (
                    "trl_min",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(9),
                        ],
                        verbose_name="TRL da",
                    ),
                ),
                (
                    "trl_max",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(9),
                        ],
                        verbose_name="TRL a",
                    ),
                ),
                (
                    "ip",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("open", "Condividiamo i risultati"),
                            ("joint", "Proprietà comune dei risultati"),
                            ("own", "Ognuno tiene il suo"),
                            ("to_agree", "Da concordare"),
                        ],
                        max_length=10,
                        verbose_name="proprietà dei risultati",
                    ),
                ),
                ("amount", models.PositiveIntegerField(blank=True, null=True, verbose_name="importo cercato (euro)")),
                (
                    "instrument",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("equity", "Capitale di rischio"),
                            ("loan", "Finanziamento"),
                            ("lease", "Leasing"),
                            ("guarantee", "Garanzia"),
                        ],
                        max_length=10,
                        verbose_name="strumento",
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("start", "Avvio"),
                            ("growth", "Crescita"),
                            ("mature", "Consolidata"),
                            ("relaunch", "Rilancio"),
                        ],
                        max_length=10,
                        verbose_name="fase dell'impresa",
                    ),
                ),
                ("closes_on", models.DateField(blank=True, null=True, verbose_name="ultimo giorno per rispondere")),
                ("is_blind", models.BooleanField(default=False, verbose_name="riservata")),
                ("terms", models.TextField(blank=True, max_length=4000, verbose_name="condizioni di riservatezza")),
                (
                    "terms_hash",
                    models.CharField(
                        blank=True, editable=False, max_length=64, verbose_name="impronta delle condizioni"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="scritta il"),
                ),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="modificata il")),
                ("opened_at", models.DateTimeField(blank=True, null=True, verbose_name="inviata il")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="finita il")),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="scritta da",
                    ),
                ),
                (
                    "broker",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"is_active": True, "is_staff": True},
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="brokered",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="mediatore",
                    ),
                ),
                (
                    "first_choice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="members.organization",
                        verbose_name="pensata per",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="collaboration_requests",
                        to="members.organization",
                        verbose_name="chi chiede",
                    ),
                ),
            ],
            options={
                "verbose_name": "richiesta di collaborazione",
                "verbose_name_plural": "richieste di collaborazione",
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sent", "Inviata"),
                            ("seen", "Letta"),
                            ("taken", "Presa in carico"),
                            ("accepted", "Accettata"),
                            ("declined", "Declinata"),
                            ("withdrawn", "Ritirata"),
                            ("expired", "Scaduta senza risposta"),
                        ],
                        default="sent",
                        max_length=10,
                        verbose_name="stato",
                    ),
                ),
                ("points", models.PositiveSmallIntegerField(default=0, verbose_name="punti")),
                ("detail", models.JSONField(blank=True, default=dict, verbose_name="perché")),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="inviata il")),
                ("seen_at", models.DateTimeField(blank=True, null=True, verbose_name="letta il")),
                ("taken_at", models.DateTimeField(blank=True, null=True, verbose_name="presa in carico il")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="risposta il")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="finita il")),
                ("reminded_at", models.DateTimeField(blank=True, null=True, verbose_name="sollecitata il")),
                ("escalated_at", models.DateTimeField(blank=True, null=True, verbose_name="passata al mediatore il")),
                ("brings", models.TextField(blank=True, max_length=4000, verbose_name="che cosa offrite")),
                ("needs", models.TextField(blank=True, max_length=4000, verbose_name="che cosa vi serve")),
                ("earliest_start", models.DateField(blank=True, null=True, verbose_name="quando potete cominciare")),
                (
                    "effort",
                    models.CharField(
                        blank=True,
                        help_text="Per esempio: 20 giornate in due mesi.",
                        max_length=200,
                        verbose_name="impegno indicativo",
                    ),
                ),
                (
                    "ip",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("open", "Condividiamo i risultati"),
                            ("joint", "Proprietà comune dei risultati"),
                            ("own", "Ognuno tiene il suo"),
                            ("to_agree", "Da concordare"),
                        ],
                        max_length=10,
                        verbose_name="proprietà dei risultati",
                    ),
                ),
                (
                    "terms_hash",
                    models.CharField(blank=True, max_length=64, verbose_name="impronta delle condizioni accettate"),
                ),
                ("identity_shown_at", models.DateTimeField(blank=True, null=True, verbose_name="identità mostrata il")),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("competence", "Non è il nostro campo"),
                            ("capacity", "Non abbiamo persone o macchine libere"),
                            ("time", "I tempi sono troppo stretti"),
                            ("terms", "Le condizioni non vanno bene"),
                            ("budget", "Non conviene"),
                            ("conflict", "Lavoriamo già con altri sullo stesso tema"),
                            ("other", "Altro"),
                        ],
                        max_length=12,
                        verbose_name="ragione",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="due parole")),
                (
                    "referral_state",
                    models.CharField(
                        blank=True,
                        choices=[("proposed", "Proposto"), ("agreed", "Accolto"), ("refused", "Non accolto")],
                        max_length=10,
                        verbose_name="proposta",
                    ),
                ),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="risposta di",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="members.organization",
                        verbose_name="organizzazione",
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="members.organization",
                        verbose_name="può farlo",
                    ),
                ),
                (
                    "referred_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="referred",
                        to="matchmaking.invitation",
                        verbose_name="su indicazione di",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="matchmaking.collaborationrequest",
                        verbose_name="richiesta",
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="in carico a",
                    ),
                ),
            ],
            options={
                "verbose_name": "invito a collaborare",
                "verbose_name_plural": "inviti a collaborare",
                "ordering": ["-sent_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Mute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="dal")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "firm",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="members.organization",
                        verbose_name="impresa",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mutes",
                        to="members.organization",
                        verbose_name="operatore finanziario",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="members.competence",
                        verbose_name="settore",
                    ),
                ),
            ],
            options={
                "verbose_name": "silenziamento",
                "verbose_name_plural": "silenziamenti",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="RequestedCompetence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "weight",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Utile"), (2, "Importante"), (3, "Indispensabile")], default=2, verbose_name="peso"
                    ),
                ),
                (
                    "competence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asked_in",
                        to="members.competence",
                        verbose_name="competenza",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="asked",
                        to="matchmaking.collaborationrequest",
                        verbose_name="richiesta",
                    ),
                ),
            ],
            options={
                "verbose_name": "competenza chiesta",
                "verbose_name_plural": "competenze chieste",
                "ordering": ["-weight", "competence__code"],
            },
        ),
        migrations.AddField(
            model_name="collaborationrequest",
            name="competences",
            field=models.ManyToManyField(
                through="matchmaking.RequestedCompetence", to="members.competence", verbose_name="competenze"
            ),
        ),
        migrations.CreateModel(
            name="RequestStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("moved", "stato"),
                            ("reminded", "sollecito"),
                            ("escalated", "passata al mediatore"),
                            ("broker", "mediatore"),
                            ("identity", "identità mostrata"),
                            ("referral", "indicazione di altri"),
                        ],
                        default="moved",
                        max_length=10,
                        verbose_name="che cosa",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="quando")),
                ("before", models.CharField(blank=True, max_length=200, verbose_name="da")),
                ("after", models.CharField(blank=True, max_length=200, verbose_name="a")),
                ("why", models.CharField(blank=True, max_length=500, verbose_name="perché")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="chi",
                    ),
                ),
                (
                    "invitation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="matchmaking.invitation",
                        verbose_name="invito",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="matchmaking.collaborationrequest",
                        verbose_name="richiesta",
                    ),
                ),
            ],
            options={
                "verbose_name": "passo di una richiesta",
                "verbose_name_plural": "storia delle richieste",
                "ordering": ["at", "pk"],
            },
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(
                condition=models.Q(("state__in", ["sent", "seen", "taken"])),
                fields=["sent_at"],
                name="invitations_that_wait",
            ),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(fields=["organization", "-sent_at"], name="inbox_of_an_organization"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                fields=("request", "organization"), name="one_invitation_per_request_and_organization"
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["accepted", "declined"]), _negated=True),
                    ("answered_at__isnull", False),
                    _connector="OR",
                ),
                name="answer_has_its_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "declined"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="declined_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="mute",
            constraint=models.CheckConstraint(
                condition=models.Q(("firm", None), ("sector", None), _connector="XOR"),
                name="mute_of_one_firm_or_one_sector",
            ),
        ),
        migrations.AddConstraint(
            model_name="mute",
            constraint=models.UniqueConstraint(
                fields=("organization", "firm", "sector"), name="one_mute_per_object", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="requestedcompetence",
            constraint=models.UniqueConstraint(
                fields=("request", "competence"), name="one_weight_per_requested_competence"
            ),
        ),
        migrations.AddConstraint(
            model_name="requestedcompetence",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight__range", (1, 3))), name="requested_weight_from_1_to_3"
            ),
        ),
        migrations.AddIndex(
            model_name="collaborationrequest",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["closes_on"], name="open_requests_by_closing"
            ),
        ),
        migrations.AddIndex(
            model_name="collaborationrequest",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["broker"], name="open_requests_by_broker"
            ),
        ),
        migrations.AddConstraint(
            model_name="collaborationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "draft"),
                    models.Q(("closes_on__isnull", False), ("opened_at__isnull", False)),
                    _connector="OR",
                ),
                name="request_that_left_has_its_term",
            ),
        ),
        migrations.AddConstraint(
            model_name="collaborationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "draft"),
                    ("is_blind", False),
                    models.Q(("terms_hash", ""), _negated=True),
                    _connector="OR",
                ),
                name="blind_request_has_terms",
            ),
        ),
        migrations.AddConstraint(
            model_name="collaborationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("trl_min", None), ("trl_max", None), ("trl_max__gte", models.F("trl_min")), _connector="OR"
                ),
                name="request_trl_range_in_order",
                violation_error_message="Il TRL più alto viene dopo il più basso.",
            ),
        ),
        migrations.RunSQL(KEEP_HISTORY, FORGET_HISTORY),
        migrations.RunSQL(MUTES_COUNT, MUTES_DO_NOT_COUNT),
    ]
