"""Files, uploads and the bytes behind them."""
