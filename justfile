# Shorthands; nothing here that a plain command does not do.

# The demo: derive Key Share #1 from the bundled kit
demo:
    cargo run --release --quiet -- derive fixtures/demo/kit.zip --key fixtures/demo/recovery-private.pem --key-passphrase-file fixtures/demo/key-passphrase.txt --wallets fixtures/demo/wallets.txt

# All tests
test:
    cargo test

# Everything that must hold before a change lands
ci:
    .ci/run

# The unsafe code under AddressSanitizer
sanitize:
    .ci/sanitize

# What is in the binary: a CycloneDX bill of materials
sbom:
    release/sbom

# Programs, archives and Debian packages of a clean commit, built twice and compared
release:
    release/build
