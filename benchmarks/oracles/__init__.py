"""Oracles: inputs whose true answer is known, by closed form or by an independent computation, for every measure."""
