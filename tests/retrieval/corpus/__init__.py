"""Small everyday and hostile files, a module for each format.

A module defines `CORPUS`. ``test_corpus.py`` reads each of its files, and the section "Files and
languages" of docs/compatibility.md counts them. A new case is one entry in `cases`.
"""
