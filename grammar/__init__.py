"""The language for a human reader: lark grammar files, no logic."""
