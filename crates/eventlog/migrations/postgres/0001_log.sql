-- The log of one service. Instants are microseconds since 1970, UTC; ids and JSON are text.
create table event (
    position    bigint primary key,
    stream      text not null,
    type        text not null,
    data        text not null,
    actor       text not null,
    command_id  text,
    traceparent text,
    at          bigint not null
);

-- The outbox: what each commit made of a location. Positions have no holes.
create table report (
    position    bigint primary key,
    id          text not null,
    subject     text not null,
    data        text not null,
    traceparent text,
    at          bigint not null
);

-- Answers of commands, so that a retry gets the same one.
create table command (
    id          text primary key,
    fingerprint bigint not null,
    answer      text not null,
    at          bigint not null
);

-- One row: the lock every commit takes first, and the newest positions.
create table log_head (
    id       bigint primary key check (id = 1),
    position bigint not null,
    reports  bigint not null
);
insert into log_head (id, position, reports) values (1, 0, 0);

-- How far readers such as the relay are.
create table cursor (
    name     text primary key,
    position bigint not null
);
