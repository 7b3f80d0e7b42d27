-- Every new client is a row in the commit of their first claim. What is old is looked for once a day, and may be looked
-- for in all rows.
drop index personal_used;
