"""Model-written Python held in isolation: a protocol, a local backend and a remote one."""
