-- A queue as schema version 5 kept it: one mail that waits, with its body, and one that failed and owes a report.
INSERT INTO mail (id, received, expires, sender, message_id, source, claim, head, size, place, content, open)
VALUES ('0b3z0k4qg0aaaaaaaaaa', 1767225600000000, 4102444800000000, 'a@here.test', '<1@here.test>', 'apps', '',
	CAST('{"subject":"Grüße","kind":"smtp","8bit":true}' AS BLOB), 6, 3, 7, 1);
INSERT INTO content (n, data) VALUES (7, CAST('hello!' AS BLOB));
INSERT INTO recipient (mail, n, address, notify, orig, courier, route, destination, state, since, next)
VALUES ('0b3z0k4qg0aaaaaaaaaa', 0, 'x@one.test', 0, '', 'out', 'default', 'one.test', 1, 1767225600000000, 1767225600000000);
INSERT INTO mail (id, received, expires, sender, message_id, source, claim, head, size, place, open, flawed, finished)
VALUES ('0b3z0k4qg0bbbbbbbbbb', 1767225600000000, 4102444800000000, 'a@here.test', '', 'apps', '', CAST('{}' AS BLOB), 0, 0, 0, 1, 1767225600000000);
INSERT INTO recipient (mail, n, address, notify, orig, courier, route, destination, state, since, next, attempts, outcome, owes)
VALUES ('0b3z0k4qg0bbbbbbbbbb', 0, 'y@one.test', 0, '', 'out', 'default', 'one.test', 5, 1767225600000000, 0, 1, CAST('{"v":2,"code":550}' AS BLOB), 1);
INSERT INTO depth VALUES ('out', 1, 1), ('out', 5, 1);
UPDATE recipient SET lane = 'apps' || char(31) || '127.0.0.1';
INSERT INTO occupied VALUES ('apps', 1), ('apps' || char(31) || '127.0.0.1', 1);
INSERT INTO seen VALUES ('k', '0b3z0k4qg0aaaaaaaaaa', 1767225600000000);
