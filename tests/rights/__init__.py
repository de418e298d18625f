"""Who may do what: every route and websocket, by every kind of caller and with every ID."""
