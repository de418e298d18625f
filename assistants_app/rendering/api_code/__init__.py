"""Code that does with the API what a person did on the page."""
