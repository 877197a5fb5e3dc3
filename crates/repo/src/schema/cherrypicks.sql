-- What a rebuild derives from merges of single check-ins.
-- The text of each CREATE statement is that of Fossil 2.26 and later.

CREATE TABLE cherrypick(
  parentid INT,
  childid INT,
  isExclude BOOLEAN DEFAULT false,
  PRIMARY KEY(parentid, childid)
) WITHOUT ROWID;
CREATE INDEX cherrypick_cid ON cherrypick(childid);
