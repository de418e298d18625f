from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assistants", "0010_provider_calls")]

    operations = [
        migrations.AddField(model_name="chunk", name="tokens", field=models.IntegerField(null=True))
    ]
