"""The runtime: arrays, chance, compressors, codecs, problems, transports, execution, report."""
