-- Whole reports are too large for a table that is itself an index: they are kept in the order they came, and found
-- through an index that is small.
alter table history rename to history_before;
create table history (
    service  text not null,
    location text not null,
    as_of    integer not null,
    version  integer not null,
    data     text not null
) strict;
create unique index history_at on history (service, location, as_of, version);
insert into history (service, location, as_of, version, data)
    select service, location, as_of, version, data from history_before order by as_of, version;
drop table history_before;
