"""Demo data, for developers and for a first look around."""
