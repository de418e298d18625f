"""The connections below `httpx2`: plain protocols of asyncio, which cost little per request."""
