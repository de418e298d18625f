"""The live page: websocket consumers and the frames that they send."""
