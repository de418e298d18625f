"""The site: function views, htmx partials and forms over services and queries."""
