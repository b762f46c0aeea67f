"""Text -> lark tree -> nodes as written."""
