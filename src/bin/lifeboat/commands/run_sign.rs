//! `sign`: a signature over the message of a prepared transaction.

use std::path::Path;

use base64ct::{Base64, Encoding};
use lifeboat::{
    formats::chain::AssetPath,
    operations::sign::{Signature, sign as sign_message},
};
use serde_json::json;

use super::run_export::read_roots;
use crate::{
    args_export::{EcdsaForm, MessageEncoding, Sign, SignatureEncoding},
    failure::{Failure, Outcome},
    files::{NewFile, STANDARD, read, read_stdin},
    world::World,
};

const MAX_MESSAGE: u64 = 64 << 20;

/// Signs the message in a file.
pub(crate) fn sign(args: &Sign, world: &mut World) -> Result<Outcome, Failure> {
    let chain = args.chain;
    let message = decode(read_message(args, world)?, args)?;
    let roots = read_roots(&args.keys, world)?;
    let secrets = roots
        .iter()
        .filter(|root| root.curve() == chain.curve())
        .count();
    if secrets > 1 {
        return Err(
            Failure::refused("several_wallets", "the full keys are of several wallets")
                .hint("give the full keys of the one wallet that signs"),
        );
    }
    let out = (args.out != Path::new(STANDARD))
        .then(|| NewFile::create(&args.out))
        .transpose()?;
    let path = AssetPath {
        coin: chain.coin,
        account: args.account,
        change: args.change,
        index: args.index,
    };
    let signed = sign_message(&roots, chain, path, &message, args.prehashed)?;
    let (bytes, recovery_id) = match &signed.signature {
        Signature::Ed25519(bytes) => (bytes.to_vec(), None),
        Signature::Ecdsa(signature, _) => (
            match args.form {
                EcdsaForm::Compact => signature.compact.to_vec(),
                EcdsaForm::Recoverable => {
                    [signature.compact.as_slice(), &[signature.recovery_id]].concat()
                }
                EcdsaForm::Der => signature.to_der(),
            },
            Some(signature.recovery_id),
        ),
    };
    let text = match args.encoding {
        SignatureEncoding::Hex => hex::encode(&bytes),
        SignatureEncoding::Base64 => Base64::encode_string(&bytes),
    };
    let written = out
        .map(|out| out.finish_with(format!("{text}\n").as_bytes()))
        .transpose()?;
    if written.is_none() {
        world.terminal.show(&text);
    }
    Ok(Outcome::done(json!({
        "chain": chain.name,
        "path": path.to_string(),
        "publicKey": signed.public_key.to_hex(),
        "signature": text,
        "recoveryId": recovery_id,
        "files": written.iter().collect::<Vec<_>>(),
    })))
}

fn read_message(args: &Sign, world: &mut World) -> Result<Vec<u8>, Failure> {
    if args.message != Path::new(STANDARD) {
        return read(&args.message, MAX_MESSAGE);
    }
    Ok(read_stdin(world, "the message", MAX_MESSAGE)?
        .expose()
        .to_vec())
}

fn decode(bytes: Vec<u8>, args: &Sign) -> Result<Vec<u8>, Failure> {
    let fail = |what: &str| {
        Failure::refused("bad_message", format!("not {what}"))
            .about(&args.message)
            .hint("`--message-encoding raw`, `hex` or `base64` says how it stands in the file")
    };
    let text = || {
        std::str::from_utf8(&bytes)
            .map(str::trim)
            .unwrap_or_default()
    };
    match args.message_encoding {
        MessageEncoding::Raw => Ok(bytes),
        MessageEncoding::Hex => {
            hex::decode(text().trim_start_matches("0x")).map_err(|_| fail("hexadecimal"))
        }
        MessageEncoding::Base64 => Base64::decode_vec(text()).map_err(|_| fail("base64")),
    }
}
