"""The live page: the websocket and the frames that it sends."""
