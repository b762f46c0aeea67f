"""Running a plan: parameters, oracles, ledger, metrics, the round loop."""
