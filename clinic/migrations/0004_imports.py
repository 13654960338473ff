import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0003_recording_who_came'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditentry',
            name='client',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='audit_entries', to='clinic.client'),
        ),
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('at', models.DateTimeField()),
                ('state', models.CharField(choices=[('checking', 'Being checked'), ('checked', 'Checked, not applied yet'), ('applying', 'Being applied'), ('applied', 'Applied'), ('undoing', 'Being undone'), ('undone', 'Undone'), ('stopped', 'Stopped, nothing was applied'), ('discarded', 'Discarded, nothing was applied')], default='checking', max_length=12)),
                ('version', models.PositiveIntegerField(default=1)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('skip_refused', models.BooleanField(default=False)),
                ('result', models.JSONField(blank=True, default=dict)),
                ('refused', models.PositiveIntegerField(default=0)),
                ('told_apart', models.CharField(blank=True, max_length=32)),
                ('notice', models.JSONField(blank=True, null=True)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('applied_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('applied_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('clinic', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='imports', to='clinic.clinic')),
                ('ended_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ImportChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('table', models.CharField(max_length=80)),
                ('columns', models.JSONField(default=list)),
                ('created', models.JSONField(blank=True, default=list)),
                ('changed', models.JSONField(blank=True, default=list)),
                ('imported', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='clinic.import')),
            ],
        ),
        migrations.CreateModel(
            name='ImportFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=120)),
                ('size', models.PositiveBigIntegerField(default=0)),
                ('content', models.BinaryField(blank=True, null=True)),
                ('kind', models.CharField(blank=True, max_length=16)),
                ('lines', models.PositiveIntegerField(default=0)),
                ('read_as', models.JSONField(blank=True, default=dict)),
                ('imported', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='clinic.import')),
            ],
        ),
        migrations.CreateModel(
            name='ImportRefusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('line', models.PositiveIntegerField()),
                ('field', models.CharField(blank=True, max_length=80)),
                ('reason', models.CharField(max_length=255)),
                ('values', models.JSONField(blank=True, default=dict)),
                ('text', models.TextField(blank=True)),
                ('file', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='refusals', to='clinic.importfile')),
                ('imported', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='refusals', to='clinic.import')),
            ],
        ),
        migrations.AddIndex(
            model_name='import',
            index=models.Index(fields=['clinic', 'at'], name='import_of_clinic'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['checking', 'checked', 'applying', 'applied', 'undoing', 'undone', 'stopped', 'discarded'])), name='import_state_known'),
        ),
        migrations.AddConstraint(
            model_name='importchange',
            constraint=models.UniqueConstraint(fields=('imported', 'number'), name='change_once_per_import'),
        ),
        migrations.AddConstraint(
            model_name='importfile',
            constraint=models.UniqueConstraint(fields=('imported', 'position'), name='file_once_per_import'),
        ),
        migrations.AddConstraint(
            model_name='importrefusal',
            constraint=models.UniqueConstraint(fields=('imported', 'number'), name='refusal_once_per_import'),
        ),
    ]
