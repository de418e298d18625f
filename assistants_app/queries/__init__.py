"""Every read of the API and the site, limited to a project.

Functions named `get_...` raise the API's error for an object that doesn't exist, so that its
wording is the same for all callers.
"""
