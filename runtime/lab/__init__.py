"""The compressor lab: what a compressor's class states against what measurements say; the command is `cablese lab`."""
