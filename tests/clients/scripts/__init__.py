"""Programs as users write them. They run in a client's environment and import only `told`."""
