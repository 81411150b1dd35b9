//! Keys from passphrases: PBKDF2 as kits use it (FORMATS.md §5), OpenSSL's legacy PEM derivation (§2), Argon2id for
//! what is locked here (§16), scrypt for Ethereum keystores (§18).

use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use md5::{Digest, Md5};
use sha2::Sha256;
use zeroize::Zeroize;

use super::secret::{Passphrase, Secret, SecretBytes};

/// `PBKDF2-HMAC-SHA1(passphrase, salt, rounds, 32 bytes)`.
///
/// SHA-1 because the kits of the field use it; it carries no collision risk in this place.
#[must_use]
pub fn pbkdf2_sha1(passphrase: &Passphrase, salt: &[u8], rounds: u32) -> Secret<32> {
    let mut key = pbkdf2::pbkdf2_hmac_array::<sha1::Sha1, 32>(passphrase.expose(), salt, rounds);
    Secret::take(&mut key)
}

/// `PBKDF2-HMAC-SHA256(passphrase, salt, rounds, 32 bytes)`: Portal passwords (FORMATS.md §20).
#[must_use]
pub fn pbkdf2_sha256(passphrase: &Passphrase, salt: &[u8], rounds: u32) -> Secret<32> {
    let mut key = pbkdf2::pbkdf2_hmac_array::<sha2::Sha256, 32>(passphrase.expose(), salt, rounds);
    Secret::take(&mut key)
}

/// `PBKDF2-HMAC-SHA256(passphrase, salt, rounds, length bytes)`: the cipher of shared secrets (FORMATS.md §25).
#[must_use]
pub fn pbkdf2_sha256_of_length(
    passphrase: &Passphrase,
    salt: &[u8],
    rounds: u32,
    length: usize,
) -> SecretBytes {
    let mut key = vec![0; length];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(passphrase.expose(), salt, rounds, &mut key);
    SecretBytes::new(key)
}

/// `D₁ = MD5(passphrase ‖ salt)`, `Dᵢ = MD5(Dᵢ₋₁ ‖ passphrase ‖ salt)`: the first `length` bytes of `D₁ ‖ D₂ ‖ …`.
///
/// OpenSSL's `EVP_BytesToKey` with one round. Weak by any measure; needed to read keys that exist.
#[must_use]
pub fn legacy_bytes_to_key(passphrase: &Passphrase, salt: &[u8], length: usize) -> SecretBytes {
    let mut key = Vec::with_capacity(length + 16);
    let mut last = Vec::with_capacity(16);
    while key.len() < length {
        let mut digest = Md5::new_with_prefix(&last);
        digest.update(passphrase.expose());
        digest.update(salt);
        last.zeroize();
        last.extend_from_slice(&digest.finalize());
        key.extend_from_slice(&last);
    }
    last.zeroize();
    key.truncate(length);
    SecretBytes::new(key)
}

/// How much work an Argon2id derivation is, within bounds that any machine of a recovery can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Argon2Cost {
    /// What files written here ask for: 128 MiB, 3 passes, one lane.
    pub const WRITTEN: Self = Self {
        memory_kib: 128 << 10,
        passes: 3,
        lanes: 1,
    };

    /// A cost read from a file; `None` outside 64 MiB to 1 GiB, 3 to 16 passes, 1 to 4 lanes.
    #[must_use]
    pub fn bounded(memory_kib: u32, passes: u32, lanes: u32) -> Option<Self> {
        let sound = (64 << 10..=1 << 20).contains(&memory_kib)
            && (3..=16).contains(&passes)
            && (1..=4).contains(&lanes);
        sound.then_some(Self {
            memory_kib,
            passes,
            lanes,
        })
    }

    /// Memory in KiB.
    #[must_use]
    pub fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    #[must_use]
    pub fn passes(self) -> u32 {
        self.passes
    }

    /// Lanes.
    #[must_use]
    pub fn lanes(self) -> u32 {
        self.lanes
    }
}

/// `Argon2id(passphrase, salt, cost, 32 bytes)`, version 0x13 (RFC 9106). `None`: the memory is not to be had.
#[must_use]
pub fn argon2id(passphrase: &Passphrase, salt: &[u8; 16], cost: Argon2Cost) -> Option<Secret<32>> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).ok()?;
    let mut key = [0; 32];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2
        .hash_password_into(passphrase.expose(), salt, &mut key)
        .ok()?;
    Some(Secret::take(&mut key))
}

/// `HKDF-SHA256(key, no salt, purpose, 32 bytes)`: keys of separate purposes from one (RFC 5869).
#[must_use]
pub fn hkdf_sha256(key: &Secret<32>, purpose: &[u8]) -> Secret<32> {
    let mut derived = [0; 32];
    Hkdf::<Sha256>::new(None, key.expose())
        .expand(purpose, &mut derived)
        .expect("32 bytes are an output length that HKDF allows");
    Secret::take(&mut derived)
}

/// `scrypt(passphrase, salt, N = 2¹⁸, r = 8, p = 1, 32 bytes)`: the cost that Ethereum clients write. `None`: the memory is
/// not to be had.
#[must_use]
pub fn scrypt_keystore(passphrase: &Passphrase, salt: &[u8; 32]) -> Option<Secret<32>> {
    const BLOCK_SIZE: u32 = 8;

    if !has_room(scrypt_memory(1 << SCRYPT_LOG_N, BLOCK_SIZE, 1)) {
        return None;
    }
    let params = scrypt::Params::new(SCRYPT_LOG_N, BLOCK_SIZE, 1)
        .expect("parameters within scrypt's bounds");
    let mut key = [0; 32];
    scrypt::scrypt(passphrase.expose(), salt, &params, &mut key)
        .expect("32 bytes are an output length that scrypt allows");
    Some(Secret::take(&mut key))
}

/// Binary logarithm of scrypt's `N` in [`scrypt_keystore`].
pub const SCRYPT_LOG_N: u8 = 18;

/// Bytes that scrypt takes for `N`, `r` and `p`: `128 · r · (N + p + 1)`, its table, its blocks and one block to mix in.
#[must_use]
pub fn scrypt_memory(n: u64, block_size: u32, parallelization: u32) -> u64 {
    let blocks = n.saturating_add(u64::from(parallelization) + 1);
    blocks.saturating_mul(u64::from(block_size) * 128)
}

/// Whether the system gives a program so many bytes in one block at this moment.
///
/// The scrypt crate allocates without asking, and a program whose allocation fails is aborted: it says nothing and wipes
/// nothing. So its callers ask first.
#[must_use]
pub fn has_room(bytes: u64) -> bool {
    // What the functions take besides, such as their stack.
    const MARGIN: u64 = 1 << 20;

    let Ok(bytes) = usize::try_from(bytes.saturating_add(MARGIN)) else {
        return false;
    };
    let mut probe: Vec<u8> = Vec::new();
    let has_room = probe.try_reserve_exact(bytes).is_ok();
    // Compilers may leave out a block that nobody looks at.
    std::hint::black_box(probe.as_ptr());
    has_room
}
