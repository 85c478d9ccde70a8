# `make demo` analyses a song, `make test` runs all tests. Both fetch libtorch first.

SONG ?= fixtures/demo-song/first-light.ogg
PYTHON ?= python3
# Folder with the real music for tests and for the default bundle. Tests that need it are skipped without it.
export PLAYLIST_FIT_DATA

.PHONY: demo test lint setup default-bundle studies bench docs

# `fit` needs neither playlists nor training: without them the first build takes half the time.
JUDGING = --release --locked --no-default-features

demo: setup
	cargo build $(JUDGING)
	cargo run $(JUDGING) -- fit "$(SONG)" --out demo

# Tests run in parallel, so libtorch gets one thread in each.
test: export OMP_NUM_THREADS = 1
test: setup
	$(PYTHON) scripts/test.py

lint:
	cargo fmt --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --no-default-features -- -D warnings
	cargo deny check
	$(PYTHON) scripts/check_glossary.py

# libtorch for the CPU, once, into .libtorch. LIBTORCH or LIBTORCH_USE_PYTORCH name another one.
setup:
	$(PYTHON) scripts/get_libtorch.py

# Retrains the embedded bundle from the recorded tracks: about 15 minutes on 2 cores.
default-bundle: setup
	@test -d "$(PLAYLIST_FIT_DATA)/cc-music" || { echo "set PLAYLIST_FIT_DATA to the folder that holds cc-music/" >&2; exit 1; }
	cargo build --release --locked
	scripts/default_bundle.sh "$(PLAYLIST_FIT_DATA)"

# Compares the architectures on real clips: hours on 2 cores. An interrupted run resumes.
studies: setup
	@test -d "$(PLAYLIST_FIT_DATA)/gtzan-mel128" || { echo "set PLAYLIST_FIT_DATA to the folder that holds gtzan-mel128/" >&2; exit 1; }
	cargo run --release --locked -p playlist-fit-train --example studies -- "$(PLAYLIST_FIT_DATA)" "$(PLAYLIST_FIT_DATA)/../weights" reports

bench: setup
	cargo bench --locked --workspace

docs:
	cargo doc --locked --workspace --no-deps --features doc-only
