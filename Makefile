# make help lists the targets.
SHELL := /bin/bash
GO ?= go
HISTORIES ?= 10000
FUZZTIME ?= 20s
MAPIGATE_SHARED ?= $(abspath ../shared)
export MAPIGATE_SHARED

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -X main.version=$(VERSION)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: build
build: ## build ./mapigate
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o mapigate ./cmd/mapigate

.PHONY: demo
demo: ## run everything in one process and watch mail cross both ways
	$(GO) run ./cmd/mapigate demo

.PHONY: test
test: ## run all tests
	$(GO) test $(TESTFLAGS) ./...

.PHONY: reload
reload: ## five reloads a second for a minute under load: 0 sessions dropped, every mail arrives once
	@set -o pipefail; MAPIGATE_RELOAD_TIME=$${MAPIGATE_RELOAD_TIME:-60s} $(GO) test -count=1 -timeout 30m -v -run '^TestReloadUnderLoad$$' ./gateway | grep -E '^ *(reload|reload_load_test|FAIL|ok|---)'

.PHONY: test-postgres
test-postgres: ## run the tests of the shared queue on a PostgreSQL server of their own
	MAPIGATE_TEST_POSTGRES=1 $(GO) test $(TESTFLAGS) ./gateway/queue/postgres/...

.PHONY: test-web
test-web: ## look at every page of the dashboard in Chromium: screenshots in $OUT (default out/web), axe-core, what an operator does
	@set -o pipefail; OUT="$${OUT:-$(CURDIR)/out/web}" MAPIGATE_TEST_WEB=1 $(GO) test -count=1 -v ./gateway/admin/web/browser | grep -vE '^(=== |PASS$$)' | sed -E 's/^ *browser_test.go:[0-9]+: //'

.PHONY: bench-web
bench-web: ## how long each request of the dashboard takes with 100,000 mails in the queue; 100 ms is too long
	$(GO) test -run '^$$' -bench '^BenchmarkFullQueue$$' -benchtime 20x ./gateway/admin

.PHONY: vectors
vectors: ## check the worked examples of the specifications, count them
	@rm -rf out/vectors && mkdir -p out/vectors
	@MAPIGATE_VECTORS_LEDGER=$(CURDIR)/out/vectors $(GO) test -count=1 -run '^TestVectors$$' ./... >out/vectors/log 2>&1 || cat out/vectors/log
	@MAPIGATE_VECTORS_LEDGER=$(CURDIR)/out/vectors $(GO) run ./mapiclient/vectors/tally

# The folder below mapiclient/testdata/recordings.
RECORDING ?= recorded-$(shell date +%F)

.PHONY: record
record: ## record the client with the server of MAPI_TEST_URL, _USER, _PASSWORD (_CA) as RECORDING=name-version
	@[ -n "$$MAPI_TEST_URL" -a -n "$$MAPI_TEST_USER" -a -n "$$MAPI_TEST_PASSWORD" ] || { echo "set MAPI_TEST_URL, MAPI_TEST_USER and MAPI_TEST_PASSWORD (and MAPI_TEST_CA)"; exit 1; }
	$(GO) test ./mapiclient -count=1 -run '^TestRecord$$' -record '$(RECORDING)'
	$(GO) test ./mapiclient -count=1 -run '^TestReplay$$'
	@echo "written to mapiclient/testdata/recordings/$(RECORDING)"

.PHONY: roundtrips
roundtrips: ## count the requests that the client's operations take, and hold them
	@set -o pipefail; $(GO) test ./mapiclient -count=1 -v -run '^(TestRoundTrips|TestOpenAll)' | grep -vE '^ *(=== |--- PASS|PASS$$)' | sed -E 's/^ *roundtrips_test.go:[0-9]+: //'

.PHONY: faults
faults: ## try every operation on a mailbox against every fault of a server; count the copies
	@set -o pipefail; $(GO) test ./gateway/harness/faults -count=1 -v -run '^TestFaults$$' | grep -vE '^ *(=== |--- PASS|PASS$$|faults_test.go:[0-9]+: *$$)' | sed 's/^        //'

.PHONY: test-kerberos
test-kerberos: ## sign in with tickets of a real MIT KDC, to an acceptor of MIT's (Debian: krb5-kdc krb5-admin-server krb5-user python3-gssapi)
	$(GO) test ./mapiclient/auth -count=1 -v -run '^TestKerberos'

# Servers of others, for tests: Debian's packages, unpacked and not installed where they are not installed already.
PEERS := $(CURDIR)/out/peers

.PHONY: peers
peers:
	@{ [ -x /usr/sbin/slapd ] && [ -x /usr/sbin/opendkim ] && python3 -c "import Milter" 2>/dev/null; } || [ -d $(PEERS)/usr/lib/python3/dist-packages/Milter ] || { mkdir -p $(PEERS)/debs/partial && apt-get update && \
	  apt-get install -y --no-install-recommends --download-only -o Dir::Cache::archives=$(PEERS)/debs slapd opendkim libopendkim11 python3-milter libmilter1.0.1 && \
	  for deb in $(PEERS)/debs/*.deb; do dpkg -x $$deb $(PEERS) || exit 1; done; } >/dev/null 2>&1 || echo "slapd, opendkim and python3-milter are not to be had"

.PHONY: test-ldap
test-ldap: peers ## sign in with passwords of a real OpenLDAP (Debian: slapd)
	@[ ! -x $(PEERS)/usr/sbin/slapd ] || export MAPIGATE_PEERS=$(PEERS); $(GO) test ./smtpside/signin -count=1 -v -run 'Slapd'

.PHONY: test-milter
test-milter: peers ## send mail through OpenDKIM, and through a filter on libmilter that changes all it can (Debian: opendkim, python3-milter)
	@[ ! -d $(PEERS)/usr ] || export MAPIGATE_PEERS=$(PEERS); $(GO) test ./gateway/ingress -count=1 -v -run '^TestMilter'

.PHONY: corpus
corpus: ## send every real mail of the corpus through a whole gateway
	$(GO) run ./gateway/harness/corpus $(MAPIGATE_SHARED)/corpus/mime

ENGINE ?= sqlite

.PHONY: crash
crash: ## kill the gateway again and again under load, and count what arrives
	$(GO) run ./gateway/harness/torture -name crash -engine sqlite -only 'gateway killed' -kills 12 -mails 2000

.PHONY: conformance
conformance: ## what each engine of the queue passes, case by case (PostgreSQL only where it is installed)
	@set -o pipefail; { for e in sqlite postgres; do \
	  MAPIGATE_TEST_POSTGRES=1 $(GO) test -count=1 -v -run '^TestConformance$$' ./gateway/queue/$$e | \
	  sed -n "s#^ *--- \([A-Z]*\): TestConformance/\([^ ]*\).*#\2 $$e \1#p" || bad=1; done; exit $$bad; } | \
	awk '{ sub(/^known=[^ \/]*\/?/, "") } NF < 3 { next } \
	  { if (said[$$1, $$2] != "FAIL") said[$$1, $$2] = $$3; if (!($$1 in known)) { known[$$1] = ++n; name[n] = $$1 } } \
	  END { printf "%-24s %-10s %s\n", "case", "sqlite", "postgres"; \
	    for (i = 1; i <= n; i++) printf "%-24s %-10s %s\n", name[i], said[name[i], "sqlite"], said[name[i], "postgres"]; exit n == 0 }'

.PHONY: fairness
fairness: ## what a dead destination with 100,000 mails, and a noisy device, cost somebody else's mail
	$(GO) run ./gateway/harness/fairness -engine $(ENGINE)

KILLS ?= 500

.PHONY: torture
torture: ## KILLS kills of gateway, Exchange, sink and PostgreSQL, cuts, full, slow and failing disks, set clocks …, and count what arrives
	$(GO) run ./gateway/harness/torture -kills $(KILLS)

.PHONY: histories
histories: ## run HISTORIES random histories of the queue, and of user, reconciler, queue and courier, beside models of them
	$(GO) test ./gateway/queue/sqlite ./gateway/outbox -run 'TestMachine$$' -count=1 -timeout 3h -rapid.checks=$(HISTORIES)

.PHONY: pair
pair: ## one gateway and then two on one PostgreSQL queue: the gain, what killing either changes, and restarting both by turns
	$(GO) run ./gateway/harness/pair

.PHONY: bench-client
bench-client: ## watch 10,000 mailboxes in one process, and submit through one client: memory, processor time, lag, mails a second
	$(GO) run ./gateway/harness/client

.PHONY: million
million: ## a million mails in the queue of ENGINE (sqlite or postgres): start, first page, memory
	$(GO) run ./gateway/harness/million -engine $(ENGINE)

.PHONY: check
check: ## formatting, vet, staticcheck, layering, tidy modules
	@bad=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$bad" ] || { echo "gofmt wants to change: $$bad"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) test -run TestRoomsImportOnlyWhatTheyMay .
	$(GO) mod tidy -diff

.PHONY: cross
cross: ## does it compile for the other platforms that make release is for?
	@for os in windows darwin; do CGO_ENABLED=0 GOOS=$$os $(GO) build -o /dev/null ./cmd/mapigate || exit 1; done

.PHONY: docs
docs: ## write the reference in docs/ anew
	$(GO) test ./cmd/mapigate -count=1 -run '^TestReference$$' -update

.PHONY: fmt
fmt: ## format the code
	gofmt -w $$(git ls-files '*.go')

FUZZJOBS ?= $(shell nproc)

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME each, FUZZJOBS of them side by side
	@set -o pipefail; for pkg in $$($(GO) list ./...); do \
	  $(GO) test -list '^Fuzz' $$pkg | sed -n "s|^Fuzz|$$pkg &|p" || exit 1; \
	done | xargs -P $(FUZZJOBS) -L 1 bash -c ' \
	  said=$$($(GO) test -run "^\$$" -fuzz "^$$1\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 2s -parallel 1 $$0 2>&1); ended=$$?; \
	  if [ $$ended = 0 ]; then echo "$$0 $$1: $$(tail -n 3 <<<"$$said" | head -n 1)"; else echo "$$0 $$1: FAILED"; echo "$$said"; fi; \
	  exit $$ended' && echo "fuzz: all clean"

.PHONY: bench
bench: ## run every benchmark once
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: abuse
abuse: ## try to smuggle, to relay and to inject behind STARTTLS; print what came of it
	@set -o pipefail; $(GO) test -count=1 -v -run '^TestAbuse' ./smtpside ./gateway/ingress | grep -vE '^(=== |--- PASS|PASS$$)'

.PHONY: bad-servers
bad-servers: ## send to servers that lie, stall and flood; print what became of each mail
	@set -o pipefail; $(GO) test -count=1 -v -run '^TestBadServers$$' ./gateway/internet | grep -vE '^(=== |--- PASS|PASS$$)'

.PHONY: transcripts
transcripts: ## play a transcript for every verb and every reply of the SMTP server; print which verb gets which
	@set -o pipefail; $(GO) test -count=1 -v -run '^TestEveryReply$$' ./smtpside | grep -vE '^ *(=== |--- PASS|PASS$$)' | sed -E 's/^ *replies_test.go:[0-9]+: //'

BENCHSMTP ?=

.PHONY: bench-smtp
bench-smtp: ## mails accepted durably and relayed in a second, beside the disk and a Postfix (which takes root; BENCHSMTP: flags)
	$(GO) build -o out/benchsmtp ./gateway/harness/benchsmtp
	out/benchsmtp $(BENCHSMTP)

.PHONY: large
large: ## a mail of 150 MB in by SMTP, through the queue and out: the heap; and what an idle session costs
	@set -o pipefail; $(GO) test -count=1 -v -run '^(TestLargeMail|TestIdleSessionsAreCheap)$$' ./gateway ./smtpside | grep -vE '^(=== |--- PASS|PASS$$)' | sed -E 's/^ *[a-z_]+\.go:[0-9]+: //'

.PHONY: interop
interop: ## Postfix, Exim and OpenSMTPD relay in and out; swaks, msmtp, mailx, curl, smtplib and nodemailer send (takes root; unpacks Debian's packages)
	$(GO) run ./gateway/harness/interop

.PHONY: test-policies
test-policies: ## DANE and MTA-STS with a signed zone, a DNS server and an HTTPS server of their own: what is sent, refused, reported
	@set -o pipefail; $(GO) test -count=1 -v -run '^(TestDANE|TestMTASTS|TestKeptConnections)' ./smtpside | grep -vE '^(=== |--- PASS|PASS$$)'

DKIMPY := python3-dkim python3-dnspython python3-nacl python3-cffi-backend libsodium23

.PHONY: test-dkim
test-dkim: ## signatures, verified by dkimpy (Debian's, unpacked into out/ where it is not installed)
	@python3 -c 'import dkim, dns, nacl.signing' 2>/dev/null || { mkdir -p out/dkimpy && cd out/dkimpy && { [ -d usr ] || \
	  { apt-get download -q $(DKIMPY) && for deb in *.deb; do dpkg -x $$deb .; done; }; }; } || echo "dkimpy is not to be had"
	@set -o pipefail; export PYTHONPATH=$(CURDIR)/out/dkimpy/usr/lib/python3/dist-packages \
	  LD_LIBRARY_PATH=$$(ls -d $(CURDIR)/out/dkimpy/usr/lib/*-linux-gnu 2>/dev/null); \
	  $(GO) test -count=1 -v -run '^TestDKIM' ./smtpside | grep -vE '^(=== |--- PASS|PASS$$)'

.PHONY: test-srs
test-srs: ## rewritten senders of forwarded mail, both ways, held against Mail::SRS (Debian's, unpacked into out/ where it is not installed)
	@perl -MMail::SRS -e 1 2>/dev/null || { mkdir -p out/srs && cd out/srs && { [ -d usr ] || \
	  { apt-get download -q libmail-srs-perl libdigest-hmac-perl && for deb in *.deb; do dpkg -x $$deb .; done; }; } >/dev/null 2>&1; } || echo "Mail::SRS is not to be had"
	@export PERL5LIB=$(CURDIR)/out/srs/usr/share/perl5; $(GO) test -count=1 -v -run '^(TestMailSRS|TestSRSByMailSRS)$$' ./gateway/rewrite/srs

.PHONY: mapping-report
mapping-report: ## what the mapping makes of every file of the corpus, one line a kind
	@set -o pipefail; $(GO) test -count=1 -run '^(TestMappingReport|TestItemsReport|TestSecuredByteExact|TestReportsExpected|TestExpectedLeaves|TestExpectedByAnother|TestExpectedFacts|TestUnlistedProperties|TestBadInputCost|TestCorpus|TestCorpusBodies|TestCorpusHTML|TestExpected|TestDump)$$' -v ./mapping ./mapping/msg ./mapping/rtf ./mapping/tnef | grep -E '^(mime|reports|smime|tnef|msg|ical|vcard|rtf|items): |^items, |^(mime|reports|smime), |^expected, |^bad input: |byte-exact:|^(FAIL|ok)|^ *[a-z_]+\.go.*want '

.PHONY: convert-all
convert-all: ## convert every file of the corpus from the shell, to and from each format, twice
	@set -o pipefail; MAPIGATE_CONVERT_ALL=1 $(GO) test -count=1 -timeout 60m -run '^TestConvertAll$$' -v ./cmd/mapigate | grep -E '^convert, |^(FAIL|ok|---)|^ *[a-z_]+\.go'

.PHONY: bench-mapping
bench-mapping: ## MB/s and allocations of the mapping, both ways
	$(GO) test -run '^$$' -bench . -benchmem ./mapping

include deploy/release.mk

.PHONY: clean
clean: ## remove what the targets make
	rm -rf mapigate bin dist out
