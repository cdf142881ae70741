"""From a question to its answer as data: what ``--json``, the page of ``matcalc serve`` and its export share."""

# the number of the schema of all records, ``--json``'s as well
JSON_SCHEMA = 2
