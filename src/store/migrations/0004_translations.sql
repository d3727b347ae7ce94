-- What an update says in other languages: a JSON object of Markdown texts by language tag; NULL where there are none, as with nearly all.
--
-- A column and not a table, so that what is read with its update costs nothing where there is none, and public_updates covers it.
ALTER TABLE updates ADD COLUMN translations TEXT CHECK (translations IS NULL OR json_valid(translations));
