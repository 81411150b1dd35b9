//! The two shares of a Portal backup as their holders keep them, for rehearsals (FORMATS.md §21).

use crate::{
    crypto::{
        affine::to_affine,
        curve::{PublicKey, Scalar},
        secret::{Secret, SecretBytes, SecretText},
    },
    formats::encoding::decimal::write_decimal,
};

/// Room for a share: ten numbers of at most 78 digits, and the names around them.
const ROOM: usize = 2048;

/// A key in two shares, which are values of a line at two places.
pub struct Sharing {
    /// The key's public key.
    pub public_key: PublicKey,
    /// The place and the share of the client.
    pub client: (Scalar, Scalar),
    /// The place and the share of the custodian.
    pub custodian: (Scalar, Scalar),
    /// What both shares call their pair.
    pub pair_id: String,
    /// Whose wallet it is.
    pub client_id: String,
}

impl Sharing {
    /// The client's share, as the SDK keeps it before it is encrypted.
    #[must_use]
    pub fn client_text(&self) -> SecretBytes {
        let [client, custodian] = self.places();
        let [x, y] = coordinates(&self.public_key);
        text_of(&[
            r#"{"clientId":""#,
            &self.client_id,
            r#"","backupSharePairId":""#,
            &self.pair_id,
            r#"","signingSharePairId":"","share":""#,
            write_decimal(&self.client.1.to_bytes()).expose(),
            r#"","pubkey":{"X":""#,
            &x,
            r#"","Y":""#,
            &y,
            r#""},"bks":{"client":{"X":""#,
            client.expose(),
            r#"","Rank":0},"server":{"X":""#,
            custodian.expose(),
            r#"","Rank":0}}}"#,
        ])
    }

    /// The custodian's share, as a webhook delivers it.
    #[must_use]
    pub fn custodian_text(&self) -> SecretBytes {
        let [client, custodian] = self.places();
        let [x, y] = coordinates(&self.public_key);
        text_of(&[
            r#"{"clientId":""#,
            &self.client_id,
            r#"","backupSharePairId":""#,
            &self.pair_id,
            r#"","x":""#,
            &x,
            r#"","y":""#,
            &y,
            r#"","clientBk":""#,
            client.expose(),
            r#"","serverBk":""#,
            custodian.expose(),
            r#"","share":""#,
            write_decimal(&self.custodian.1.to_bytes()).expose(),
            r#""}"#,
        ])
    }

    fn places(&self) -> [SecretText; 2] {
        [&self.client, &self.custodian].map(|(place, _)| write_decimal(&place.to_bytes()))
    }
}

/// The parts one after the other, in one buffer that is wiped.
fn text_of(parts: &[&str]) -> SecretBytes {
    let mut text = Vec::with_capacity(ROOM);
    for part in parts {
        text.extend_from_slice(part.as_bytes());
    }
    SecretBytes::new(text)
}

fn coordinates(key: &PublicKey) -> [String; 2] {
    let (x, y) = to_affine(key);
    [x, y].map(|mut number| {
        let digits = write_decimal(&Secret::take(&mut number));
        digits.expose().to_owned()
    })
}
