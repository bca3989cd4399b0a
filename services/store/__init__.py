"""The database: workflows, runs and their logs as tables, and the queries on them.

`tables` says what is stored, `migrations` how a database comes to hold it, `database` opens one.
`workflows`, `runs` and `events` ask; `appends` is the only code that writes what happened to a run,
and only `services.journal` calls it.
"""
