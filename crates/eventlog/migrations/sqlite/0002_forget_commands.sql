-- Answers are kept seven days; this finds the older ones.
create index command_at on command (at);
