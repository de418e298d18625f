"""Requests of clients in other languages, recorded as they went over the wire, and replayed."""
