"""Steps say since when they wait for outputs of functions."""

from django.db import migrations, models

# A step begins to wait when the model has finished its calls. Requests are kept for some days only:
# without one, the time that the model took for the calls counts as waiting, too.
FILL = """
UPDATE run_step step SET waits_since = coalesce(
    (SELECT max(call.ended_at) FROM provider_call call
        WHERE call.run_id = step.run_id AND call.step_ids::jsonb ? step.id),
    step.created_at)
WHERE step.type = 'tool_calls' AND jsonb_path_exists(step.step_details::jsonb,
    '$.tool_calls[*] ? (@.type == "function" && !exists(@.result))')
"""


class Migration(migrations.Migration):
    dependencies = [("assistants", "0022_recorded_runs")]

    operations = [
        migrations.AddField(
            model_name="runstep",
            name="waits_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
