"""Django's PostgreSQL backend with prepared statements and shared connections (docs/adr/0016)."""
