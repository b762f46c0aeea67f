"""Neural networks: shipped models, a module as a function of one flat vector, its oracle; PyTorch is imported here alone."""
