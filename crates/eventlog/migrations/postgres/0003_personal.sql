-- What belongs to a person: everything else holds the id only, so a row that is deleted is gone everywhere.
create table personal (
    id      text primary key,
    sort    text not null,
    value   text not null,
    used_at bigint not null
);
-- A client and a member of staff have one id; every text has one of its own.
create unique index personal_value on personal (sort, value) where sort <> 'text';
create index personal_used on personal (sort, used_at);
