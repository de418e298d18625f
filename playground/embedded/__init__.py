"""One-command mode: database, broker, model, worker and web server under one small supervisor."""
