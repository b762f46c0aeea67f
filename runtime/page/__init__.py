"""The report: one page of HTML that holds runs, or findings on specs, with curves to explore, and needs no other file."""
