"""What schemathesis sends as texts of a format that is ours, or that is narrower than it knows."""

import datetime

import schemathesis
from hypothesis import strategies


def cursor(time: datetime.datetime, trace_id: str) -> str:
    return f"{time.isoformat(timespec='microseconds')}Z,{trace_id}"


def instant(time: datetime.datetime, minutes: int) -> str:
    offset = datetime.timezone(datetime.timedelta(minutes=minutes))
    return time.replace(tzinfo=offset).isoformat()


times = strategies.datetimes(datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30))
# As in Postgres.
minutes = strategies.integers(-15 * 60 - 59, 15 * 60 + 59)

# `next_cursor` of a list of traces.
schemathesis.openapi.format("cursor", strategies.builds(cursor, times, strategies.text(min_size=1)))
schemathesis.openapi.format("date-time", strategies.builds(instant, times, minutes))
