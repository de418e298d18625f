"""The statements that every run takes, as SQL that is written once and prepared by the server.

The ORM would write each of them again at every call, which took a third of a run's CPU
(docs/adr/0015). Columns come from the models, so a new column needs no change here. Only services
and queries execute statements.
"""
