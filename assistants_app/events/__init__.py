"""The event log: one ordered, numbered, replayable stream of events per thread."""
