"""Code that does over the API what a person did on the page."""
