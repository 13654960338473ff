import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0001_the_house"),
    ]

    operations = [
        migrations.CreateModel(
            name="CareElsewhere",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=120)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("known_on", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="CarePlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("reasons", models.JSONField(blank=True, default=list)),
                ("triggers", models.JSONField(blank=True, default=list)),
                ("issues", models.JSONField(blank=True, default=list)),
                ("coping", models.JSONField(blank=True, default=list)),
                ("skills", models.JSONField(blank=True, default=list)),
                ("routine", models.JSONField(blank=True, default=list)),
                ("reminders", models.JSONField(blank=True, default=list)),
                ("life_goals", models.JSONField(blank=True, default=list)),
                ("values_support", models.CharField(blank=True, max_length=200)),
                ("aftercare", models.CharField(blank=True, max_length=280)),
                ("area_to_strengthen", models.CharField(blank=True, max_length=280)),
                ("prefers_no_supporter", models.BooleanField(default=False)),
                ("written_on", models.DateField()),
                ("reviewed_on", models.DateField()),
                ("version", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name="Goal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("weekly", "So many a week"),
                            ("ninety", "Ninety meetings in ninety days"),
                            ("free", "Something of their own"),
                        ],
                        max_length=12,
                    ),
                ),
                ("words", models.CharField(max_length=200)),
                ("target", models.PositiveSmallIntegerField(default=1)),
                (
                    "channels",
                    models.CharField(
                        choices=[("g", "group sessions"), ("a", "mutual-aid meetings"), ("ga", "both")],
                        default="ga",
                        max_length=4,
                    ),
                ),
                ("starts_on", models.DateField()),
                ("known_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("reached_on", models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="GoalPause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="IfThen",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=1)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("stress", "Stress"),
                            ("craving", "Craving"),
                            ("emotion", "Feelings"),
                            ("people", "People"),
                            ("place", "Places"),
                            ("missed_session", "A session missed"),
                            ("other", "Something else"),
                        ],
                        default="other",
                        max_length=20,
                    ),
                ),
                ("trigger", models.CharField(max_length=200)),
                ("action", models.CharField(max_length=200)),
                ("helper", models.CharField(blank=True, max_length=120)),
            ],
            options={
                "ordering": ("position", "pk"),
            },
        ),
        migrations.CreateModel(
            name="Injection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_on", models.DateField()),
                ("known_on", models.DateField()),
                ("given_on", models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Medication",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("observed", "Observed dose"),
                            ("take_home", "Take-home or prescription"),
                            ("injection", "Long-acting injection"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "medicine",
                    models.CharField(
                        choices=[
                            ("methadone", "Methadone"),
                            ("buprenorphine", "Buprenorphine"),
                            ("naltrexone", "Naltrexone"),
                            ("other", "Another medicine"),
                        ],
                        max_length=16,
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                (
                    "ended",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("completed", "Completed"),
                            ("tapered", "Tapered as directed"),
                            ("changed", "Changed to another order"),
                            ("transferred", "Transferred"),
                            ("clients_choice", "The client’s choice"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                    ),
                ),
                ("known_on", models.DateField()),
                ("hour", models.TimeField(blank=True, null=True)),
                ("weekdays", models.JSONField(blank=True, default=list)),
            ],
        ),
        migrations.CreateModel(
            name="MedicationBreak",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("guest_dosing", "Guest dosing"),
                            ("transfer", "Transfer"),
                            ("directed", "Taper or stop as directed"),
                        ],
                        max_length=16,
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Milestone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("work", "Work or study"),
                            ("home", "Home or family"),
                            ("health", "Health"),
                            ("recovery", "Recovery"),
                            ("other", "Something else"),
                        ],
                        max_length=12,
                    ),
                ),
                ("words", models.CharField(max_length=200)),
                ("day", models.DateField()),
                ("known_on", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="Observation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("at", models.DateTimeField()),
                ("day", models.DateField()),
                (
                    "setting",
                    models.CharField(
                        choices=[
                            ("session", "Session"),
                            ("group", "Group"),
                            ("dosing", "Dosing"),
                            ("call", "Call"),
                            ("visit", "Visit"),
                            ("front_desk", "Front desk"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("client_said", "The client said"),
                            ("staff_saw", "Staff saw"),
                            ("supporter_told", "A consented supporter told us"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "author_role",
                    models.CharField(
                        choices=[
                            ("case_manager", "Case manager"),
                            ("supervisor", "Supervisor"),
                            ("front_desk", "Front desk"),
                            ("facilitator", "Facilitator"),
                            ("medical", "Medical staff"),
                            ("administrator", "Administrator"),
                        ],
                        max_length=20,
                    ),
                ),
                ("in_words", models.CharField(blank=True, max_length=280)),
                ("strength", models.CharField(blank=True, max_length=280)),
                ("shared_with_client", models.BooleanField(default=False)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ObservationItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("item", models.CharField(max_length=4)),
                ("anchor", models.PositiveSmallIntegerField()),
                ("detail", models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Override",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("thresholds", models.JSONField(default=dict)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=280)),
            ],
        ),
        migrations.CreateModel(
            name="PlannedSessions",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("counselling", "Counselling"),
                            ("group", "Group"),
                            ("medical", "Medical"),
                            ("dosing", "Dosing"),
                            ("case_management", "Case management"),
                            ("mutual_aid", "Mutual aid"),
                        ],
                        max_length=20,
                    ),
                ),
                ("a_month", models.PositiveSmallIntegerField()),
                ("starts_on", models.DateField()),
                ("known_on", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="PlannedVisit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("counselling", "Counselling"),
                            ("group", "Group"),
                            ("medical", "Medical"),
                            ("dosing", "Dosing"),
                            ("case_management", "Case management"),
                            ("mutual_aid", "Mutual aid"),
                        ],
                        max_length=20,
                    ),
                ),
                ("by_day", models.DateField()),
                ("known_on", models.DateField()),
                ("withdrawn_on", models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PlanRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("on", models.DateField()),
                ("reviewed_on", models.DateField()),
                ("content", models.JSONField(default=dict)),
                ("reasons", models.PositiveSmallIntegerField(default=0)),
                ("if_thens", models.PositiveSmallIntegerField(default=0)),
                ("coping", models.PositiveSmallIntegerField(default=0)),
                ("supporters", models.PositiveSmallIntegerField(default=0)),
                ("prefers_no_supporter", models.BooleanField(default=False)),
                (
                    "uncovered",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Triggers that cannot be avoided and have no if-then plan."
                    ),
                ),
                (
                    "unserved",
                    models.PositiveSmallIntegerField(default=0, help_text="Issues without a service."),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Supply",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("picked_up_on", models.DateField()),
                ("lasts_until", models.DateField()),
            ],
            options={
                "verbose_name_plural": "supplies",
            },
        ),
        migrations.CreateModel(
            name="Supporter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=120)),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("family", "Family"),
                            ("friend", "Friend"),
                            ("sponsor", "Sponsor"),
                            ("peer", "Peer in recovery"),
                            ("professional", "Counsellor, doctor or other professional"),
                            ("other", "Somebody else"),
                        ],
                        max_length=20,
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=40)),
                ("active", models.BooleanField(default=True)),
                ("scope", models.CharField(blank=True, max_length=280)),
                ("consent_from", models.DateField(blank=True, null=True)),
                ("consent_until", models.DateField(blank=True, null=True)),
                ("consent_ended", models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="pause",
            name="pause_kind_known",
        ),
        migrations.AddField(
            model_name="appointment",
            name="excuse",
            field=models.CharField(
                blank=True,
                choices=[
                    ("illness", "Illness"),
                    ("work", "Work"),
                    ("child_care", "Child care"),
                    ("court", "Court"),
                    ("bereavement", "Bereavement"),
                    ("religious", "Religious day"),
                    ("weather", "Weather"),
                    ("transport", "No transport"),
                    ("other", "Other"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="minutes_late",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="appointment",
            name="minutes_stayed",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="appointment",
            name="mode",
            field=models.CharField(
                choices=[("in_person", "In person"), ("video", "By video"), ("phone", "By phone")],
                default="in_person",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="verified",
            field=models.BooleanField(
                default=True, help_text="No: the client told us about it and nobody has confirmed it."
            ),
        ),
        migrations.AddField(
            model_name="attempt",
            name="pressing",
            field=models.BooleanField(default=False, help_text="The follow-up was for today at the time."),
        ),
        migrations.AddField(
            model_name="client",
            name="meetings_off_on",
            field=models.DateField(
                blank=True, help_text="From this day on mutual-aid meetings are not logged.", null=True
            ),
        ),
        migrations.AddField(
            model_name="client",
            name="naloxone",
            field=models.CharField(
                choices=[
                    ("unknown", "Not asked"),
                    ("has", "Has it"),
                    ("offered", "Offered, not yet there"),
                    ("declined", "Does not want it"),
                ],
                default="unknown",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="client",
            name="naloxone_asked_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="client",
            name="recovery_start",
            field=models.DateField(
                blank=True, help_text="As the client states it, if they like it to be marked.", null=True
            ),
        ),
        migrations.AddField(
            model_name="finding",
            name="banner",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="finding",
            name="points",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="group",
            name="closed_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="group",
            name="kind",
            field=models.CharField(
                blank=True,
                help_text="Such as skills or peer support: ratings compare within a kind.",
                max_length=40,
            ),
        ),
        migrations.AddField(
            model_name="pause",
            name="confirmed",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="pause",
            name="reported_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="pause",
            name="source",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="session",
            name="facilitator",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="mode",
            field=models.CharField(
                choices=[("in_person", "In person"), ("video", "By video"), ("phone", "By phone")],
                default="in_person",
                max_length=12,
            ),
        ),
        # A generated column cannot be altered: it is made anew, and the index that covers it with it.
        migrations.RemoveIndex(model_name="appointment", name="appointment_timeline"),
        migrations.RemoveField(model_name="appointment", name="code"),
        migrations.AddField(
            model_name="appointment",
            name="code",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Concat(
                    models.Case(
                        models.When(
                            minutes__gt=django.db.models.expressions.CombinedExpression(
                                models.F("minutes_stayed"), "*", models.Value(2)
                            ),
                            outcome="left_early",
                            then=models.Value("H"),
                        ),
                        default=models.Case(
                            models.When(outcome="scheduled", then=models.Value("S")),
                            models.When(outcome="attended", then=models.Value("A")),
                            models.When(outcome="late", then=models.Value("L")),
                            models.When(outcome="left_early", then=models.Value("E")),
                            models.When(outcome="no_show", then=models.Value("M")),
                            models.When(outcome="cancelled_by_client", then=models.Value("C")),
                            models.When(outcome="cancelled_by_clinic", then=models.Value("K")),
                            models.When(outcome="excused", then=models.Value("X")),
                            models.When(outcome="rescheduled", then=models.Value("R")),
                            default=models.Value("S"),
                        ),
                    ),
                    models.Case(
                        models.When(channel="counselling", then=models.Value("c")),
                        models.When(channel="group", then=models.Value("g")),
                        models.When(channel="medical", then=models.Value("m")),
                        models.When(channel="dosing", then=models.Value("d")),
                        models.When(channel="case_management", then=models.Value("k")),
                        models.When(channel="mutual_aid", then=models.Value("a")),
                        default=models.Value("c"),
                    ),
                    models.Case(
                        models.When(
                            rebooking_of__isnull=False,
                            then=models.Case(
                                models.When(purpose="routine", then=models.Value("R")),
                                models.When(purpose="first", then=models.Value("F")),
                                models.When(purpose="follow_up", then=models.Value("U")),
                                models.When(purpose="care_review", then=models.Value("C")),
                                models.When(purpose="after_transition", then=models.Value("T")),
                                default=models.Value("+"),
                            ),
                        ),
                        default=models.Case(
                            models.When(purpose="routine", then=models.Value("r")),
                            models.When(purpose="first", then=models.Value("f")),
                            models.When(purpose="follow_up", then=models.Value("u")),
                            models.When(purpose="care_review", then=models.Value("c")),
                            models.When(purpose="after_transition", then=models.Value("t")),
                            default=models.Value("-"),
                        ),
                    ),
                    models.Case(
                        models.When(
                            minutes_late__lt=15,
                            outcome="late",
                            then=models.Case(
                                models.When(participation=1, then=models.Value("a")),
                                models.When(participation=2, then=models.Value("b")),
                                models.When(participation=3, then=models.Value("c")),
                                models.When(participation=4, then=models.Value("d")),
                                default=models.Value("s"),
                            ),
                        ),
                        default=models.Case(
                            models.When(participation=1, then=models.Value("1")),
                            models.When(participation=2, then=models.Value("2")),
                            models.When(participation=3, then=models.Value("3")),
                            models.When(participation=4, then=models.Value("4")),
                            default=models.Value("-"),
                        ),
                    ),
                ),
                output_field=models.CharField(max_length=4),
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                fields=["episode", "starts_at", "id", "code", "group"], name="appointment_timeline"
            ),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="follow_up",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attempts",
                to="clinic.followup",
            ),
        ),
        migrations.AlterField(
            model_name="finding",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "Open"),
                    ("settled", "Settled by contact"),
                    ("withdrawn", "Withdrawn"),
                    ("closed", "Closed with its follow-up"),
                    ("confirmed", "Confirmed by medical staff"),
                ],
                default="open",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="followup",
            name="closed_as",
            field=models.CharField(
                blank=True,
                choices=[
                    ("settled", "Settled: back in contact"),
                    ("withdrawn", "Withdrawn: the record was completed or corrected"),
                    ("episode_ended", "The episode ended"),
                    ("reached", "Reached, next contact agreed"),
                    ("declined", "The client does not want contact now"),
                    ("not_a_concern", "Not a concern"),
                    ("record_wrong", "The record is wrong"),
                    ("marked", "Marked with the client"),
                    ("done", "Done"),
                    ("confirmed", "Confirmed by medical staff"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="followup",
            name="quiet_as",
            field=models.CharField(
                blank=True,
                choices=[
                    ("rests", "Rests after a contact"),
                    ("snoozed", "Snoozed"),
                    ("declined", "Asked for no contact now"),
                    ("paused", "Paused: absence says nothing now"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="pause",
            name="kind",
            field=models.CharField(
                choices=[
                    ("inpatient", "Inpatient stay"),
                    ("detox", "Detox"),
                    ("residential", "Residential stay"),
                    ("jail", "Jail"),
                    ("agreed_leave", "Agreed leave"),
                    ("travel", "Travel with guest dosing"),
                    ("emergency", "Emergency department visit"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("rebooking_of__isnull", False)),
                fields=["episode", "rebooking_of"],
                name="appointment_stand_ins",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("excuse", ""),
                    models.Q(
                        (
                            "excuse__in",
                            [
                                "illness",
                                "work",
                                "child_care",
                                "court",
                                "bereavement",
                                "religious",
                                "weather",
                                "transport",
                                "other",
                            ],
                        ),
                        ("outcome", "excused"),
                    ),
                    _connector="OR",
                ),
                name="excuse_only_when_excused",
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["inpatient", "detox", "residential", "jail", "agreed_leave", "travel", "emergency"],
                    )
                ),
                name="pause_kind_known",
            ),
        ),
        migrations.AddField(
            model_name="careelsewhere",
            name="episode",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="care_elsewhere",
                to="clinic.episode",
            ),
        ),
        migrations.AddField(
            model_name="careplan",
            name="episode",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="care_plan", to="clinic.episode"
            ),
        ),
        migrations.AddField(
            model_name="goal",
            name="episode",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="goals", to="clinic.episode"
            ),
        ),
        migrations.AddField(
            model_name="goalpause",
            name="goal",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="pauses", to="clinic.goal"
            ),
        ),
        migrations.AddField(
            model_name="ifthen",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="if_thens", to="clinic.careplan"
            ),
        ),
        migrations.AddField(
            model_name="medication",
            name="episode",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="medications", to="clinic.episode"
            ),
        ),
        migrations.AddField(
            model_name="injection",
            name="medication",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="injections", to="clinic.medication"
            ),
        ),
        migrations.AddField(
            model_name="medicationbreak",
            name="medication",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="breaks", to="clinic.medication"
            ),
        ),
        migrations.AddField(
            model_name="milestone",
            name="episode",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="milestones", to="clinic.episode"
            ),
        ),
        migrations.AddField(
            model_name="observation",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="observation",
            name="episode",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="observations", to="clinic.episode"
            ),
        ),
        migrations.AddField(
            model_name="observationitem",
            name="observation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="items", to="clinic.observation"
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="episode",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="overrides", to="clinic.episode"
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="plannedsessions",
            name="episode",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="planned_sessions",
                to="clinic.episode",
            ),
        ),
        migrations.AddField(
            model_name="plannedvisit",
            name="episode",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="planned_visits",
                to="clinic.episode",
            ),
        ),
        migrations.AddField(
            model_name="planrevision",
            name="by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="planrevision",
            name="episode",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clinic.episode"
            ),
        ),
        migrations.AddField(
            model_name="planrevision",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="revisions", to="clinic.careplan"
            ),
        ),
        migrations.AddField(
            model_name="supply",
            name="medication",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="supplies", to="clinic.medication"
            ),
        ),
        migrations.AddField(
            model_name="supporter",
            name="episode",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="supporters", to="clinic.episode"
            ),
        ),
        migrations.AddConstraint(
            model_name="careelsewhere",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                ),
                name="elsewhere_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="careplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("reviewed_on__gte", models.F("written_on"))),
                name="plan_reviewed_after_written",
            ),
        ),
        migrations.AddConstraint(
            model_name="goal",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["weekly", "ninety", "free"])), name="goal_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="goal",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="goal_in_words"
            ),
        ),
        migrations.AddConstraint(
            model_name="goal",
            constraint=models.CheckConstraint(
                condition=models.Q(("target__range", (1, 90))), name="goal_target_possible"
            ),
        ),
        migrations.AddConstraint(
            model_name="goal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                ),
                name="goal_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="goalpause",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ends_on", None)), fields=("goal",), name="goal_paused_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="goalpause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                ),
                name="goal_pause_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="ifthen",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["stress", "craving", "emotion", "people", "place", "missed_session", "other"],
                    )
                ),
                name="if_then_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="medication",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["observed", "take_home", "injection"])),
                name="order_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="medication",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                ),
                name="order_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="injection",
            constraint=models.UniqueConstraint(
                fields=("medication", "due_on"), name="injection_due_once_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="medicationbreak",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                ),
                name="break_ends_after_it_starts",
            ),
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(fields=["episode", "day"], name="observation_by_day"),
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("setting__in", ["session", "group", "dosing", "call", "visit", "front_desk"])
                ),
                name="observation_setting_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__in", ["client_said", "staff_saw", "supporter_told"])),
                name="observation_source_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="observationitem",
            constraint=models.UniqueConstraint(
                fields=("observation", "item"), name="item_once_per_observation"
            ),
        ),
        migrations.AddConstraint(
            model_name="observationitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("anchor__lte", 3)), name="item_anchor_possible"
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                name="override_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="override_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedsessions",
            constraint=models.UniqueConstraint(
                fields=("episode", "channel", "starts_on"), name="planned_sessions_once_per_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedsessions",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "channel__in",
                        ["counselling", "group", "medical", "dosing", "case_management", "mutual_aid"],
                    )
                ),
                name="planned_channel_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedsessions",
            constraint=models.CheckConstraint(
                condition=models.Q(("a_month__lte", 84)), name="planned_sessions_possible"
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedvisit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "channel__in",
                        ["counselling", "group", "medical", "dosing", "case_management", "mutual_aid"],
                    )
                ),
                name="planned_visit_channel_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="planrevision",
            constraint=models.UniqueConstraint(fields=("plan", "number"), name="plan_revision_once"),
        ),
        migrations.AddConstraint(
            model_name="supply",
            constraint=models.UniqueConstraint(
                fields=("medication", "picked_up_on"), name="supply_once_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="supply",
            constraint=models.CheckConstraint(
                condition=models.Q(("lasts_until__gte", models.F("picked_up_on"))), name="supply_lasts"
            ),
        ),
        migrations.AddConstraint(
            model_name="supporter",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="supporter_named"
            ),
        ),
        migrations.AddConstraint(
            model_name="supporter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("consent_from", None), ("consent_until", None)),
                    models.Q(
                        ("consent_from__isnull", False), ("consent_until__gte", models.F("consent_from"))
                    ),
                    _connector="OR",
                ),
                name="consent_has_an_end",
            ),
        ),
    ]
