"""Share links: the page that everybody with the link sees, and the pages that make links."""
