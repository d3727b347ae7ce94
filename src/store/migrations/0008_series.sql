-- Maintenance that takes place again and again. A series is a maintenance with a rule; its dates follow from it and have no rows, but for
-- those that somebody touched or that were past when the series was edited: these say whose date they are.

ALTER TABLE maintenances ADD COLUMN repeat_rule TEXT;
ALTER TABLE maintenances ADD COLUMN repeat_zone TEXT;
-- Dates before this moment do not follow from the rule any more.
ALTER TABLE maintenances ADD COLUMN repeat_since INTEGER
    CHECK ((repeat_rule IS NULL) = (repeat_zone IS NULL) AND (repeat_rule IS NULL) = (repeat_since IS NULL));
-- The id of the series, and the day that its rule means.
ALTER TABLE maintenances ADD COLUMN series TEXT;
ALTER TABLE maintenances ADD COLUMN series_day TEXT CHECK ((series IS NULL) = (series_day IS NULL));

CREATE UNIQUE INDEX maintenances_by_series ON maintenances (series, series_day) WHERE series IS NOT NULL;
CREATE INDEX maintenances_repeating ON maintenances (number) WHERE repeat_rule IS NOT NULL;
