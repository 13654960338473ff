
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0002_every_documented_sign'),
    ]

    operations = [
        migrations.CreateModel(
            name='Submission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField()),
                ('at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='WaitingPlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_on', models.DateField()),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('ended', models.CharField(blank=True, choices=[('joined', 'Joined the group'), ('withdrawn', 'No longer waiting')], max_length=12)),
            ],
        ),
        migrations.AddField(
            model_name='appointment',
            name='series_day',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='client',
            name='contact_note',
            field=models.CharField(blank=True, help_text='What to mind before calling: a shared phone, whom to ask for.', max_length=120),
        ),
        migrations.AddField(
            model_name='client',
            name='other_phone',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='client',
            name='pronouns',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='client',
            name='version',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='medication',
            name='made_through',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='episode',
            name='discharge_note',
            field=models.CharField(blank=True, max_length=280),
        ),
        migrations.AddField(
            model_name='episode',
            name='discharge_undo',
            field=models.JSONField(blank=True, help_text='What the discharge ended with it, to be put back the same day.', null=True),
        ),
        migrations.AddField(
            model_name='episode',
            name='discharged_as',
            field=models.CharField(blank=True, choices=[('planned', 'Planned, as agreed'), ('unplanned', 'Unplanned: contact was lost, or the client ended it'), ('transferred', 'Transferred to another service'), ('died', 'The client has died'), ('other', 'Other')], max_length=12),
        ),
        migrations.AddField(
            model_name='episode',
            name='version',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='goal',
            name='version',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='supporter',
            name='version',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='group',
            name='capacity',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Members it holds; empty: nobody counts.', null=True),
        ),
        migrations.AddField(
            model_name='group',
            name='co_facilitators',
            field=models.ManyToManyField(blank=True, related_name='co_facilitated_groups', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='group',
            name='version',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='session',
            name='cancelled_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='session',
            name='draft',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='session',
            name='finished_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='session',
            name='finished_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='session',
            name='moved_from',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='session',
            name='reason',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='session',
            name='series_day',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='session',
            name='topic',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.CreateModel(
            name='ProgrammeChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('after', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.programme')),
                ('before', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.programme')),
                ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('episode', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='programme_changes', to='clinic.episode')),
            ],
        ),
        migrations.CreateModel(
            name='Recording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('kind', models.CharField(choices=[('mark', 'Recorded'), ('correction', 'Corrected'), ('undo', 'Taken back')], default='mark', max_length=12)),
                ('before', models.JSONField()),
                ('after', models.JSONField()),
                ('why', models.CharField(blank=True, max_length=120)),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recordings', to='clinic.appointment')),
                ('by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('clinic', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.clinic')),
                ('session', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.session')),
            ],
        ),
        migrations.CreateModel(
            name='Series',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('rule', models.CharField(max_length=200)),
                ('starts_on', models.DateField()),
                ('at', models.TimeField()),
                ('minutes', models.PositiveSmallIntegerField(default=50)),
                ('mode', models.CharField(choices=[('in_person', 'In person'), ('video', 'By video'), ('phone', 'By phone')], default='in_person', max_length=12)),
                ('channel', models.CharField(choices=[('counselling', 'Counselling'), ('group', 'Group'), ('medical', 'Medical'), ('dosing', 'Dosing'), ('case_management', 'Case management'), ('mutual_aid', 'Mutual aid')], max_length=20)),
                ('purpose', models.CharField(blank=True, choices=[('routine', 'Routine'), ('first', 'First appointment'), ('follow_up', 'Follow-up'), ('care_review', 'Care review'), ('after_transition', 'After a transition')], max_length=20)),
                ('without', models.JSONField(blank=True, default=list)),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('made_through', models.DateField(blank=True, null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='series', to='clinic.clinic')),
                ('episode', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='series', to='clinic.episode')),
                ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='series', to='clinic.group')),
                ('staff', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'series',
            },
        ),
        migrations.AddField(
            model_name='appointment',
            name='series',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='clinic.series'),
        ),
        migrations.AddField(
            model_name='session',
            name='series',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='clinic.series'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(condition=models.Q(('outcome', 'scheduled')), fields=['clinic', 'starts_at'], name='appointment_unrecorded'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(condition=models.Q(('staff__isnull', False)), fields=['staff', 'starts_at'], name='appointment_of_staff'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.UniqueConstraint(condition=models.Q(('series__isnull', False)), fields=('series', 'series_day'), name='appointment_once_per_series_and_day'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.UniqueConstraint(condition=models.Q(('series__isnull', False)), fields=('series', 'series_day'), name='session_once_per_series_and_day'),
        ),
        migrations.AddField(
            model_name='submission',
            name='staff',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='waitingplace',
            name='episode',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='waiting_places', to='clinic.episode'),
        ),
        migrations.AddField(
            model_name='waitingplace',
            name='group',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waiting_places', to='clinic.group'),
        ),
        migrations.AddConstraint(
            model_name='programmechange',
            constraint=models.UniqueConstraint(fields=('episode', 'day'), name='programme_changed_once_a_day'),
        ),
        migrations.AddIndex(
            model_name='recording',
            index=models.Index(fields=['clinic', 'at'], name='recording_since'),
        ),
        migrations.AddIndex(
            model_name='series',
            index=models.Index(fields=['clinic', 'made_through'], name='series_to_make_ahead'),
        ),
        migrations.AddConstraint(
            model_name='series',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('episode__isnull', False), ('group__isnull', True)), models.Q(('episode__isnull', True), ('group__isnull', False)), _connector='OR'), name='series_of_a_group_or_of_a_stay'),
        ),
        migrations.AddConstraint(
            model_name='submission',
            constraint=models.UniqueConstraint(fields=('staff', 'key'), name='a_form_is_saved_once'),
        ),
        migrations.AddConstraint(
            model_name='waitingplace',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('episode', 'group'), name='waits_once_for_a_group'),
        ),
    ]
