"""Tests of the web server: connections, bodies and websockets (`playground`)."""
