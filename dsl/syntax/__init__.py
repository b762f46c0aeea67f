"""Text -> lines -> nodes as written."""
