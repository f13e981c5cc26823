/** How many boxes of each class a version has, so that a list of classes needs no look at every box. */
export const boxClasses = `
ALTER TABLE dataset_version ADD COLUMN box_labels TEXT NOT NULL DEFAULT '[]';   -- JSON of labelCount[]

UPDATE dataset_version SET box_labels = (
  SELECT json_group_array(json_object('label', label, 'counts',
    json_object('train', train, 'validation', validation, 'test', test), 'total', total)) FROM (
    SELECT coalesce(json_extract(box.value, '$.label'), '') AS label, sum(m.subset = 'train') AS train,
      sum(m.subset = 'validation') AS validation, sum(m.subset = 'test') AS test, count(*) AS total
    FROM sample s JOIN split p ON p.version_id = s.version_id AND p.name = 'default'
    JOIN split_member m ON m.split_id = p.id AND m.ordinal = s.ordinal JOIN json_each(s.boxes) box
    WHERE s.version_id = dataset_version.id AND s.boxes IS NOT NULL GROUP BY 1 ORDER BY 1));
`
