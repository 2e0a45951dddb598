# Two commands do everything: `make serve` and `make test`. Each installs what it misses and says what it does.

SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(HOME)/.cargo/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export CARGO_TERM_COLOR ?= auto

WASM := wasm32-unknown-unknown

.PHONY: help serve test lint native browser e2e build size bench page-bench fuzz setup setup-browser clean

help: ## What can be made
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

serve: setup ## Builds the playground and serves it on http://127.0.0.1:8080
	@echo "── Building the playground; it will be on http://127.0.0.1:8080 (Ctrl-C ends it)"
	trunk serve --offline --address 127.0.0.1 --port 8080

test: lint native browser e2e ## Runs every test: native, WebAssembly in a browser, end to end

lint: setup
	@echo "── Checking format and lints"
	cargo fmt --check
	cargo clippy --quiet --all-targets -- -D warnings
	cargo clippy --quiet --target $(WASM) --lib --bins --tests -- -D warnings

native: ## Runs the native tests, golden replays among them
	@echo "── Native tests"
	cargo test --quiet

browser: setup-browser ## Runs the WebAssembly tests in headless Chromium
	@echo "── WebAssembly tests in headless Chromium"
	CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
	CHROMEDRIVER="$$(command -v chromedriver)" \
	cargo test --target $(WASM) --test web

e2e: setup-browser build ## Runs the end-to-end tests in Chromium against the release build
	@echo "── End-to-end tests in Chromium"
	node --test --test-reporter=spec tests/e2e/*.test.mjs

build: setup ## Builds the static site into dist/
	@echo "── Building the release (the first build takes a few minutes)"
	trunk build --release --offline

size: build ## Prints the size of the release by file, and fails over the limit
	node scripts/size.mjs

bench: ## Runs the native benchmarks
	cargo bench --quiet

# Seconds for each fuzz target.
TIME ?= 600

fuzz: ## Fuzzes YAML, templates, archives and requests for TIME seconds each (600), from the recordings as seeds
	@command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz
	@mkdir -p fuzz/corpus/yaml fuzz/corpus/template fuzz/corpus/archive
	@find tests/golden/charts \( -name '*.yaml' -o -name '*.tpl' \) -size -8k | while read -r file; do \
		case "$$file" in */templates/*) corpus=template ;; *) corpus=yaml ;; esac; \
		cp "$$file" "fuzz/corpus/$$corpus/$$(echo "$$file" | tr / _)"; done
	@for chart in static/charts/*/; do \
		tar -C static/charts -cf "fuzz/corpus/archive/$$(basename "$$chart").tar" "$$(basename "$$chart")"; \
		gzip -kf "fuzz/corpus/archive/$$(basename "$$chart").tar"; done
	@for target in yaml template archive decode; do \
		echo "── Fuzzing $$target for $(TIME) seconds"; \
		RUSTC_BOOTSTRAP=1 cargo fuzz run "$$target" -- -max_total_time=$(TIME) -timeout=10 -max_len=65536 || exit 1; done

page-bench: setup-browser build ## Measures the page in Chromium
	node scripts/page-bench.mjs

setup:
	@scripts/setup page

setup-browser:
	@scripts/setup browser

clean: ## Removes what was built
	rm -rf target dist node_modules static/vendor
