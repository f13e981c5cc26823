/**
 * The words of each page, as corrected, a line each: `page_search.rowid` is `page.id`. The store writes a page's row in
 * the transaction that changes its words.
 */
export const pageSearch = `
ALTER TABLE page ADD COLUMN language_digest TEXT;   -- sha256 of the language data it was read with

CREATE VIRTUAL TABLE page_search USING fts5(words, tokenize = 'unicode61 remove_diacritics 2');

CREATE TRIGGER page_search_forgets AFTER DELETE ON page BEGIN
  DELETE FROM page_search WHERE rowid = old.id;
END;

INSERT INTO page_search (rowid, words)
SELECT page_id, group_concat(replace(shown, char(10), ' '), char(10) ORDER BY position) FROM (
  SELECT w.page_id, w.position, coalesce(
    (SELECT c.text FROM correction c WHERE c.page_id = w.page_id AND c.position = w.position ORDER BY c.id DESC LIMIT 1),
    w.text) AS shown
  FROM word w)
WHERE shown <> '' GROUP BY page_id;
`
