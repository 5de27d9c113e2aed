-- What one permission let somebody do is three by now: who could do it until today can do it still.
-- Who removes messages pinned them (51); who moderated did not wait in slow mode (52); who came into voice said what goes on there (48).

UPDATE roles SET permissions = permissions | 2251799813685248 WHERE (permissions & 8192) <> 0;
UPDATE roles SET permissions = permissions | 4503599627370496 WHERE (permissions & 8208) <> 0;
UPDATE roles SET permissions = permissions | 281474976710656 WHERE (permissions & 1048576) <> 0;
