"""Small parts of pages that several nouns share."""
