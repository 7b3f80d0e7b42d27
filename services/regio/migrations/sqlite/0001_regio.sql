-- What the aggregator keeps. All of it can be rebuilt from the services' logs; JSON and ids are text, instants are
-- microseconds since 1970, UTC.
create table board (
    service  text not null,
    location text not null,
    revision integer not null,
    data     text not null,
    primary key (service, location)
) strict, without rowid;

create table history (
    service  text not null,
    location text not null,
    as_of    integer not null,
    version  integer not null,
    data     text not null,
    primary key (service, location, as_of, version)
) strict, without rowid;

-- Up to which position nothing of a service is missing.
create table progress (
    service     text primary key,
    complete_to integer not null
) strict, without rowid;

-- One row: which stream was read and how far, and which board this is.
create table place_in_stream (
    id       integer primary key check (id = 1),
    epoch    text not null,
    stream   text not null,
    sequence integer not null,
    revision integer not null
) strict;

-- Messages that could not be read. They wait here for a person; later ones went on.
create table parked (
    stream   text not null,
    sequence integer not null,
    subject  text not null,
    reason   text not null,
    payload  blob not null,
    at       integer not null,
    primary key (stream, sequence, subject)
) strict, without rowid;
