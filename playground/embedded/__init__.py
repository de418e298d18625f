"""One-command mode: database, broker, model, workers and web server under a small supervisor."""
