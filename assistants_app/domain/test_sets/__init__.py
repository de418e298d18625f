"""Test sets: their rows, the formats that they are read from and written to, and imports."""
