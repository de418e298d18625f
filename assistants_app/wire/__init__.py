"""The vendor's JSON to our objects and back. Only this package knows its field names."""
