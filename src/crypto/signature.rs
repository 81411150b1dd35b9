//! Signatures with a bare scalar, verified before they are handed over (FORMATS.md §19).
//!
//! ECDSA takes its nonce from RFC 6979 and keeps `s` in the lower half. Ed25519 keys of wallets are scalars without
//! the seed of RFC 8032, so the prefix that its nonce is hashed from is derived from the scalar; the signature is an
//! ordinary one to every verifier. Taproot signatures are BIP 340's, with the tweak of BIP 341 for a key without a script
//! tree.

use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign};
use k256::{
    ecdsa::{
        SigningKey, VerifyingKey,
        signature::hazmat::{PrehashSigner, PrehashVerifier},
    },
    schnorr,
};
use sha2::{Digest, Sha512};
use zeroize::Zeroize;

use super::{
    curve::{Curve, PublicKey, Scalar},
    hash::tagged,
    secret::Secret,
};

const NONCE_PREFIX: &[u8] = b"lifeboat ed25519 nonce 1";

/// An ECDSA signature over secp256k1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EcdsaSignature {
    /// `r ‖ s`, 32 bytes each, big-endian; `s` in the lower half.
    pub compact: [u8; 64],
    /// Which of the points with this `r` it was: 0 or 1 (2 and 3 are as good as impossible).
    pub recovery_id: u8,
}

impl EcdsaSignature {
    /// The signature as ASN.1 DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let signature = k256::ecdsa::Signature::from_slice(&self.compact);
        signature
            .expect("the signature was verified when it was made")
            .to_der()
            .as_bytes()
            .to_vec()
    }
}

/// Signs a digest. `None` for a key of the other curve, zero, or a signature that does not verify.
#[must_use]
pub fn sign_ecdsa(key: &Scalar, digest: &[u8; 32]) -> Option<EcdsaSignature> {
    if key.curve() != Curve::Secp256k1 {
        return None;
    }
    let key = SigningKey::from_slice(key.to_bytes().expose()).ok()?;
    let (signature, recovery) = key.sign_prehash_recoverable(digest);
    key.verifying_key()
        .verify_prehash(digest, &signature)
        .ok()?;
    let recovered = VerifyingKey::recover_from_prehash(digest, &signature, recovery).ok()?;
    let low = signature.normalize_s() == signature;
    (low && recovered == *key.verifying_key()).then(|| EcdsaSignature {
        compact: signature.to_bytes().into(),
        recovery_id: recovery.to_byte(),
    })
}

/// Signs a message: `R ‖ s`. `None` for a key of the other curve, zero, or a signature that does not verify.
#[must_use]
pub fn sign_ed25519(key: &Scalar, message: &[u8]) -> Option<[u8; 64]> {
    let public = key
        .public_key()
        .filter(|public| public.curve() == Curve::Ed25519)?;
    let public = ed25519_dalek::VerifyingKey::try_from(public.as_bytes()).ok()?;
    let expanded = expand(key)?;
    let signature = raw_sign::<Sha512>(&expanded, message, &public);
    public.verify_strict(message, &signature).ok()?;
    Some(signature.to_bytes())
}

/// Signs a digest for taproot's key path: BIP 340, under the key tweaked as its address is. `None` for a key of the other
/// curve, zero, or a signature that does not verify.
#[must_use]
pub fn sign_taproot(key: &Scalar, digest: &[u8; 32]) -> Option<[u8; 64]> {
    let public = key
        .public_key()
        .filter(|public| public.curve() == Curve::Secp256k1)?;
    let (sign, x) = public.as_bytes().split_first()?;

    let zero = Scalar::from_u64(Curve::Secp256k1, 0);
    let even = if *sign == 3 {
        zero.subtract(key)?
    } else {
        zero.add(key)?
    };
    let mut tweak = tagged("TapTweak", x);
    let tweak = Scalar::from_canonical(Curve::Secp256k1, &Secret::take(&mut tweak))?;
    let tweaked = even.add(&tweak)?;

    let key = schnorr::SigningKey::from_slice(tweaked.to_bytes().expose()).ok()?;
    let signature: schnorr::Signature = key.sign_prehash(digest).ok()?;
    key.verifying_key()
        .verify_prehash(digest, &signature)
        .ok()?;
    Some(signature.to_bytes())
}

/// Whether an ECDSA signature of a digest, `r ‖ s`, is by the holder of this key's private part.
#[must_use]
pub fn verifies_ecdsa(key: &PublicKey, digest: &[u8; 32], compact: &[u8; 64]) -> bool {
    let key = VerifyingKey::from_sec1_bytes(key.as_bytes());
    let signature = k256::ecdsa::Signature::from_slice(compact);
    let (Ok(key), Ok(signature)) = (key, signature) else {
        return false;
    };
    key.verify_prehash(digest, &signature).is_ok()
}

/// Whether an Ed25519 signature of a message, `R ‖ s`, is by the holder of this key's private part.
#[must_use]
pub fn verifies_ed25519(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let Ok(key) = ed25519_dalek::VerifyingKey::try_from(key.as_bytes()) else {
        return false;
    };
    let signature = ed25519_dalek::Signature::from_bytes(signature);
    key.verify_strict(message, &signature).is_ok()
}

fn expand(key: &Scalar) -> Option<ExpandedSecretKey> {
    let bytes = key.to_bytes();
    let mut digest: [u8; 64] = Sha512::new_with_prefix(NONCE_PREFIX)
        .chain_update(bytes.expose())
        .finalize()
        .into();
    let mut little = *bytes.expose();
    little.reverse();
    let scalar = Option::from(curve25519_dalek::Scalar::from_canonical_bytes(little));
    let hash_prefix = *digest.first_chunk()?;
    little.zeroize();
    digest.zeroize();
    Some(ExpandedSecretKey {
        scalar: scalar?,
        hash_prefix,
    })
}
