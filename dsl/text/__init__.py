"""Source texts, spans, diagnostics and their one renderer."""
