//! Stellar: the signature base, which names the network before the transaction.

use crate::crypto::hash::sha256;

/// The passphrases of the networks that are known here.
const NETWORKS: [&str; 3] = [
    "Public Global Stellar Network ; September 2015",
    "Test SDF Network ; September 2015",
    "Test SDF Future Network ; October 2022",
];

/// What bytes are to Stellar.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::formats::chains) enum StellarShape {
    /// A signature base, an authorization or a message (SEP 53).
    Signable,
    /// A signature base of a network that is not known here.
    OtherNetwork,
    /// An envelope.
    Envelope,
    /// None of these.
    Other,
}

/// What these bytes are.
pub(in crate::formats::chains) fn stellar_shape(bytes: &[u8]) -> StellarShape {
    const MESSAGE: &[u8] = b"Stellar Signed Message:\n";
    const AUTHORIZATION: &[u8] = &[0, 0, 0, 9];
    if bytes.starts_with(MESSAGE) {
        return StellarShape::Signable;
    }
    // XDR fills up every field to four bytes.
    if !bytes.len().is_multiple_of(4) || bytes.len() < 80 {
        return StellarShape::Other;
    }
    // The type of an envelope, then of a key.
    let is_type = |bytes: &[u8], kinds: &[u8]| matches!(bytes.first_chunk::<8>(), Some([0, 0, 0, kind, 0, 0, 0 | 1, 0]) if kinds.contains(kind));
    let is_network = |bytes: &[u8]| {
        NETWORKS
            .iter()
            .any(|network| bytes.starts_with(&sha256(network.as_bytes())))
    };

    let base = bytes.get(32..).unwrap_or_default();
    let authorization = bytes.strip_prefix(AUTHORIZATION).unwrap_or_default();
    if is_type(base, &[2, 5]) && is_network(bytes) || is_network(authorization) {
        StellarShape::Signable
    } else if is_type(bytes, &[0, 2, 5]) {
        StellarShape::Envelope
    } else if is_type(base, &[2, 5]) {
        StellarShape::OtherNetwork
    } else {
        StellarShape::Other
    }
}
