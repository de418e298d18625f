"""Every write: one public function for each verb of the API, in one transaction each.

The API and the site call the same functions. `durable=True` keeps them from calling each other:
what they share runs in the caller's transaction, and has modules of its own. Events and tasks are
sent after the commit, so nobody hears of a change that is rolled back.
"""
