"""What a run is started with, as plain data: where it comes from, and what it is made of."""
