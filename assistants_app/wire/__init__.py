"""Vendor JSON <-> our objects. The only place that knows the field names of the wire."""
