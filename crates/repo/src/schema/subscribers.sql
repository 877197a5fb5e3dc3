-- Who is told of news by email, and of what. Fossil makes these tables when they are first needed.

CREATE TABLE subscriber(
  subscriberId INTEGER PRIMARY KEY,
  subscriberCode BLOB DEFAULT (randomblob(32)) UNIQUE,
  semail TEXT UNIQUE COLLATE nocase,
  suname TEXT,
  sverified BOOLEAN DEFAULT true,
  sdonotcall BOOLEAN,
  sdigest BOOLEAN,
  ssub TEXT,
  sctime INTDATE,
  mtime INTDATE,
  smip TEXT,
  lastContact INT
);
CREATE INDEX subscriberUname
  ON subscriber(suname) WHERE suname IS NOT NULL;
CREATE TABLE IF NOT EXISTS pending_alert(
  eventid TEXT PRIMARY KEY,
  sentSep BOOLEAN DEFAULT false,
  sentDigest BOOLEAN DEFAULT false,
  sentMod BOOLEAN DEFAULT false
) WITHOUT ROWID;
