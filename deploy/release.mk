# What is made to be installed, and how it is checked. Included by the Makefile.

PLATFORMS ?= linux-amd64 linux-arm64 windows-amd64 darwin-amd64 darwin-arm64
# Nothing of the machine that builds is in the programs: no paths, no time, no C library.
RELEASE_BUILD = CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=auto -ldflags '-s -w -buildid= $(LDFLAGS)'
TOOLS = $(GO) -C deploy/tools

.PHONY: release
release: ## programs for every platform in dist/, with bills of materials; built twice, hashes compared
	@rm -rf dist && mkdir -p dist
	@$(MAKE) --no-print-directory release-programs
	@for p in dist/mapigate-*; do $(TOOLS) run ./sbom $(CURDIR)/$$p >$$p.cdx.json || exit 1; done
	@again=$$(mktemp -d); trap 'chmod -R u+w '$$again'; rm -rf '$$again EXIT; set -e; \
	  git clone -q . $$again/elsewhere; \
	  GOCACHE=$$again/cache $(MAKE) -C $$again/elsewhere --no-print-directory release-programs VERSION='$(VERSION)'; \
	  (cd dist && sha256sum mapigate-*) >dist/SHA256SUMS; \
	  (cd $$again/elsewhere/dist && sha256sum -c --quiet --ignore-missing $(CURDIR)/dist/SHA256SUMS)
	@cat dist/SHA256SUMS
	@echo "release: $(words $(PLATFORMS)) programs, built twice in different folders, hashes equal"

.PHONY: release-programs
release-programs:
	@mkdir -p dist; for p in $(PLATFORMS); do \
	  case $$p in windows-*) ext=.exe;; *) ext=;; esac; \
	  GOOS=$${p%-*} GOARCH=$${p#*-} $(RELEASE_BUILD) -o dist/mapigate-$$p$$ext ./cmd/mapigate || exit 1; \
	done

# Packages must be able to tell which version is newer: a build of no release comes before all releases.
PACKAGE_VERSION = $(if $(filter v%,$(VERSION)),$(VERSION:v%=%),0.0.0~$(VERSION))

.PHONY: packages
packages: ## Debian and RPM packages in dist/ of the programs that make release has built
	@[ -x dist/mapigate-linux-amd64 ] || { echo "no dist/mapigate-linux-amd64: run make release first"; exit 1; }
	@mkdir -p dist/completions dist/man
	@cp cmd/mapigate/completions/* dist/completions/
	@$(GO) run ./cmd/mapigate man --folder dist/man
	@$(TOOLS) build -o $(CURDIR)/dist/nfpm github.com/goreleaser/nfpm/v2/cmd/nfpm
	@for arch in $(patsubst linux-%,%,$(filter linux-%,$(PLATFORMS))); do for kind in deb rpm; do \
	  DIST=dist GOARCH=$$arch VERSION='$(PACKAGE_VERSION)' dist/nfpm package -f deploy/packages/nfpm.yaml -p $$kind -t dist/ || exit 1; \
	done; done; rm -rf dist/nfpm dist/completions dist/man

.PHONY: check-deploy
check-deploy: ## what is in deploy/: the unit's score, the chart by Helm, rules by promtool, packages installed; what is absent is said
	@bash deploy/check.sh
