"""Repeated requests, with faults between an act and its answer."""
