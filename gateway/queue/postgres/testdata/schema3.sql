-- A queue as schema version 3 kept it: one mail that waits, with its body, and one that failed and owes a report.
INSERT INTO mail (id, received, expires, sender, message_id, source, claim, head, size, open)
VALUES ('0b3z0k4qg0aaaaaaaaaa', 1767225600000000, 1767657600000000, 'a@here.test', '<1@here.test>', 'apps', '',
	'{"subject":"Grüße","kind":"smtp","8bit":true}', 6, 1);
INSERT INTO body (mail, n, data) VALUES ('0b3z0k4qg0aaaaaaaaaa', 0, 'hello!');
INSERT INTO recipient (mail, n, address, notify, orig, courier, route, destination, state, since, next, lane)
VALUES ('0b3z0k4qg0aaaaaaaaaa', 0, 'x@one.test', 0, '', 'out', 'default', 'one.test', 1, 1767225600000000, 1767225600000000, E'apps\x1f127.0.0.1');
INSERT INTO mail (id, received, expires, sender, message_id, source, claim, head, size, open, flawed, finished)
VALUES ('0b3z0k4qg0bbbbbbbbbb', 1767225600000000, 1767657600000000, 'a@here.test', '', 'apps', '', '{}', 0, 0, true, 1767225600000000);
INSERT INTO recipient (mail, n, address, notify, orig, courier, route, destination, state, since, next, attempts, outcome, owes)
VALUES ('0b3z0k4qg0bbbbbbbbbb', 0, 'y@one.test', 0, '', 'out', 'default', 'one.test', 5, 1767225600000000, 0, 1, '{"v":2,"code":550}', 1);
INSERT INTO depth VALUES ('out', 1, 1), ('out', 5, 1);
INSERT INTO occupied VALUES ('apps', 1), (E'apps\x1f127.0.0.1', 1);
INSERT INTO seen VALUES ('k', '0b3z0k4qg0aaaaaaaaaa', 1767225600000000);
