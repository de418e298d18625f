"""Every write: one public function per verb of the API, one transaction each.

API and site call the same functions. They never call each other, and nothing leaves a transaction
before it is committed: events and tasks go through `on_commit`. What several of them share inside
their transactions is in `parts`.
"""
