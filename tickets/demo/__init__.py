"""Demo data: one supplier, five customers, sixty requests told as stories in `data/*.toml`.

`content` reads the stories, `master` makes the supplier, customers and people, `timeline` plays the acts in the order of
their times through the services, `files` draws the attachments. The day of loading is the only thing that changes
between two loadings: all times are given as working days before it.
"""
