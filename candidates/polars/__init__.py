"""The optimized loader: FastLoad and hash distribution, columnar from first byte to last."""
