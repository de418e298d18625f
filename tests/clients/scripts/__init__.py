"""Users' programs. They import nothing of ours but `told`, and run in a client's environment."""
