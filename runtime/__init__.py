"""The machine: arrays, chance, compressors, codecs, problems, transports, execution, report."""
