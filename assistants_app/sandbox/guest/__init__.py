"""The code inside the sandbox: plain Python that imports nothing of the app but this folder."""
