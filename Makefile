# Two commands: `make demo` looks at a song, `make test` proves the program. Both set everything up.

SONG ?= fixtures/demo-song/first-light.ogg
PYTHON ?= python3
# Where the real music for tests and for the default bundle lies; tests that need it say "skipped" without it.
export PLAYLIST_FIT_DATA

.PHONY: demo test lint setup default-bundle studies bench docs

# Judging a song needs neither track lists nor training: without them the first build takes half the time.
JUDGING = --release --locked --no-default-features

demo: setup
	cargo build $(JUDGING)
	cargo run $(JUDGING) -- fit "$(SONG)" --out demo

# The tests run side by side, so that several threads of libtorch in each would only wait for one another.
test: export OMP_NUM_THREADS = 1
test: setup
	cargo test --locked --workspace

lint:
	cargo fmt --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --no-default-features -- -D warnings
	cargo deny check

# libtorch for the CPU, once, into .libtorch (or the user's own, by LIBTORCH or LIBTORCH_USE_PYTORCH).
setup:
	$(PYTHON) scripts/get_libtorch.py

# The bundle inside the program, trained anew from the recorded tracks: about 15 minutes on 2 cores.
default-bundle: setup
	@test -d "$(PLAYLIST_FIT_DATA)/cc-music" || { echo "set PLAYLIST_FIT_DATA to the folder that holds cc-music/" >&2; exit 1; }
	cargo build --release --locked
	scripts/default_bundle.sh "$(PLAYLIST_FIT_DATA)"

# The architectures of the studies, and ours, on real clips: hours on 2 cores; a broken run goes on where it stopped.
studies: setup
	@test -d "$(PLAYLIST_FIT_DATA)/gtzan-mel128" || { echo "set PLAYLIST_FIT_DATA to the folder that holds gtzan-mel128/" >&2; exit 1; }
	cargo run --release --locked -p playlist-fit-train --example studies -- "$(PLAYLIST_FIT_DATA)" "$(PLAYLIST_FIT_DATA)/../weights" reports

bench: setup
	cargo bench --locked --workspace

docs:
	cargo doc --locked --workspace --no-deps --features doc-only
