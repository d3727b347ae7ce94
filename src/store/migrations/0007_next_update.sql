-- By when an update promises the next one; NULL where it promises nothing.
ALTER TABLE updates ADD COLUMN next_update_at INTEGER;
