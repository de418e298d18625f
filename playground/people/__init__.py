"""Sessions and sign-in, as Django's settings need them."""
