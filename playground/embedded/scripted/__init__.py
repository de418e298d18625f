"""The scripted model of `make dev`: an OpenAI-compatible server that answers by a table.

It lets developers see every feature at once, without a key, a network or a wait.
"""
