"""The compressor lab, `cablese lab`: statements of a compressor's class against measurements."""
