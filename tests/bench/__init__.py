"""How fast the pages are on many requests: `make bench`, or `python -m tests.bench`.

`seed` fills a database of its own with N requests, `server` runs gunicorn as in production, `load` asks four at a time,
`cases` lists the pages with the bars they must reach, `report` prints the table. Next to each page the reference is
measured: session, user and one query of 25 rows in a bare template, the least that any signed-in list can cost here.
"""
