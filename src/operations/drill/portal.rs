//! The part of a rehearsal for Portal's backups (FORMATS.md §20 to §22).

use rand_core::CryptoRng;

use super::{Done, Fault, ensure, invention::random_id};
use crate::{
    crypto::{
        curve::{Curve, Scalar},
        secret::{Passphrase, Secret, SecretBytes},
        secret_sharing::deal_polynomial,
    },
    formats::portal::{ciphertext::PortalCiphertext, write::Sharing},
    operations::{
        device_share::new_passphrase::generate_passphrase,
        portal::{
            collect::{Collected, DecryptionKeys, Role, Source, collect},
            eject::eject,
        },
    },
};

/// The wallet of a Portal client: its keys, and their two backups.
pub(super) struct PortalWallet {
    keys: Vec<Scalar>,
    clients: Vec<Source>,
    custodians: Vec<Source>,
    openers: DecryptionKeys,
}

/// Draws a key of each curve, shares both, and encrypts the client's shares: one under a key of the user's cloud, one under a
/// password.
pub(super) fn back_up<R: CryptoRng>(rng: &mut R) -> Done<PortalWallet> {
    let mut cloud_key = [0; 32];
    rng.fill_bytes(&mut cloud_key);
    let cloud_key = Secret::take(&mut cloud_key);
    let (password, _) = generate_passphrase(rng);
    let password = Passphrase::new(password.expose().as_bytes().to_vec());

    let mut wallet = PortalWallet {
        keys: Vec::new(),
        clients: Vec::new(),
        custodians: Vec::new(),
        openers: DecryptionKeys::default(),
    };
    let client_id = random_id(rng).to_string();
    for curve in [Curve::Secp256k1, Curve::Ed25519] {
        let key = Scalar::random(curve, rng);
        let sharing = share(&key, &client_id, rng)?;
        let client = sharing.client_text();
        let sealed = match curve {
            Curve::Secp256k1 => PortalCiphertext::seal_with_key(&cloud_key, &client, rng),
            Curve::Ed25519 => PortalCiphertext::seal_with_password(&password, &client, rng),
        };
        let sealed = SecretBytes::new(sealed.to_hex().into_bytes());
        wallet.clients.push(source("client", curve, sealed));
        let custodian = sharing.custodian_text();
        wallet
            .custodians
            .push(source("custodian", curve, custodian));
        wallet.keys.push(key);
    }
    wallet.openers.keys.push(cloud_key);
    wallet.openers.passwords.push(password);
    Ok((wallet, "under key and password".to_owned()))
}

fn share<R: CryptoRng>(key: &Scalar, client_id: &str, rng: &mut R) -> Result<Sharing, Fault> {
    let unshared = || Fault::new("the invented key cannot be shared");
    let places = [(); 2].map(|()| Scalar::random(key.curve(), rng));
    let shares = deal_polynomial(key, &places, 2, rng).ok_or_else(unshared)?;
    let mut shares = places.into_iter().zip(shares);
    let (client, custodian) = shares.next().zip(shares.next()).ok_or_else(unshared)?;
    Ok(Sharing {
        public_key: key.public_key().ok_or_else(unshared)?,
        client,
        custodian,
        pair_id: random_id(rng).to_string(),
        client_id: client_id.to_owned(),
    })
}

fn source(holder: &str, curve: Curve, bytes: SecretBytes) -> Source {
    Source {
        name: format!("{holder} {}", curve.name()),
        bytes,
        from_folder: false,
    }
}

/// Joins the shares: each key must be the one that was drawn.
pub(super) fn take_out(wallet: &PortalWallet) -> Done<()> {
    let Collected { clients, notes, .. } =
        collect(&wallet.clients, &wallet.openers, Some(Role::Client))?;
    let none = DecryptionKeys::default();
    let custodians = collect(&wallet.custodians, &none, Some(Role::Custodian))?.custodians;
    ensure(notes.is_empty(), "a share was read otherwise than written")?;

    let ejected = eject(&clients, &custodians);
    ensure(
        ejected.unpaired.is_empty(),
        "two shares of a key are no pair",
    )?;
    for key in &wallet.keys {
        let known = key.to_bytes();
        let mut found = ejected.keys.iter().map(|found| found.key.expose());
        let is_found =
            found.any(|found| found.curve() == key.curve() && found.to_bytes().same_as(&known));
        ensure(is_found, "the shares make another key than was shared")?;
    }
    Ok(((), "2 keys, as drawn".to_owned()))
}
