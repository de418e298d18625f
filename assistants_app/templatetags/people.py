"""People in templates."""

from django import template

from assistants_app.queries.people.members import name_of

register = template.Library()
# A person's name as others see it, also for nobody: `{{ author|name_of|default:"–" }}`.
register.filter("name_of", name_of)
