-- The log of one service. Instants are microseconds since 1970, UTC; ids and JSON are text.
create table event (
    position    integer primary key,
    stream      text not null,
    type        text not null,
    data        text not null,
    actor       text not null,
    command_id  text,
    traceparent text,
    at          integer not null
) strict;

-- The outbox: what each commit made of a location. Positions have no holes.
create table report (
    position    integer primary key,
    id          text not null,
    subject     text not null,
    data        text not null,
    traceparent text,
    at          integer not null
) strict;

-- Answers of commands, so that a retry gets the same one.
create table command (
    id          text primary key,
    fingerprint integer not null,
    answer      text not null,
    at          integer not null
) strict, without rowid;

-- One row: the lock every commit takes first, and the newest positions.
create table log_head (
    id       integer primary key check (id = 1),
    position integer not null,
    reports  integer not null
) strict;
insert into log_head (id, position, reports) values (1, 0, 0);

-- How far readers such as the relay are.
create table cursor (
    name     text primary key,
    position integer not null
) strict, without rowid;
