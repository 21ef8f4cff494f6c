# A milter on libmilter (Debian: python3-milter) that changes everything that a milter may change.
import sys
import Milter


class Changes(Milter.Base):
    def envfrom(self, sender, *args):
        self.rcpts = []
        return Milter.CONTINUE

    def envrcpt(self, to, *args):
        self.rcpts.append(to)
        return Milter.CONTINUE

    def header(self, name, value):
        return Milter.CONTINUE

    def eom(self):
        self.chgfrom("<bounces@here.test>")
        self.delrcpt(self.rcpts[0])
        self.addrcpt("<carl@here.test>", "NOTIFY=NEVER")
        self.chgheader("Subject", 1, "seen by libmilter")
        self.addheader("X-Last", "two\n\tlines")
        self.addheader("X-First", "yes", 0)
        self.replacebody("Hello,\r\nwr\xe4pped\r\n")
        self.replacebody("long " + "0123456789" * 20000 + "\r\n")
        self.quarantine("for the test")
        return Milter.ACCEPT


Milter.factory = Changes
Milter.set_flags(Milter.ADDHDRS | Milter.CHGBODY | Milter.CHGHDRS | Milter.ADDRCPT | Milter.ADDRCPT_PAR | Milter.DELRCPT
                 | Milter.CHGFROM | Milter.QUARANTINE)
Milter.runmilter("changes", "unix:" + sys.argv[1], 10)
