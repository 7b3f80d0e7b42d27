-- Every new client is a row in the commit of their first claim: one tree for the row and one to find it by its value is
-- enough. What is old is looked for once a day, and may be looked for in all of them.
drop index personal_used;
drop index personal_value;
alter table personal rename to personal_before;
create table personal (
    id      text primary key,
    sort    text not null,
    value   text not null,
    used_at integer not null
) strict, without rowid;
insert into personal (id, sort, value, used_at) select id, sort, value, used_at from personal_before;
drop table personal_before;
create unique index personal_value on personal (sort, value) where sort <> 'text';
