"""Aggregates of one's own: functions of the vectors that nodes sent, which packages and programs add to the language."""
