-- What reports tell of people who come and go, without who they are: one row for each report that tells anything of it.
create table flow (
    service  text not null,
    location text not null,
    as_of    bigint not null,
    version  bigint not null,
    kind     bigint not null,
    gemeente text not null,
    data     text not null
);
create unique index flow_at on flow (as_of, service, location, version);

-- One row: whether the history of before this table was gone through.
create table flow_filled (
    id     bigint primary key check (id = 1),
    filled bigint not null
);
insert into flow_filled (id, filled) values (1, 0);
