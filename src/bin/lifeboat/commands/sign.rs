//! `sign`: a signature over a prepared transaction, a text message or a digest.

use base64ct::{Base64, Encoding};
use lifeboat::{
    crypto::curve::Curve,
    formats::{
        chains::{
            message::{MessageForm, check_text, read_message as decode},
            prepared::Handed,
            table::{AddressForm, Chain, Script},
        },
        full_key::file::RootKey,
        known_file::KnownFile,
    },
    operations::{
        choose_keyset::choose_keyset,
        export::roots_for,
        sign::{Request, Signature, Signed, recoverable, sign as sign_message},
    },
};

use crate::{
    args::export::{EcdsaForm, MessageEncoding, Sign, SignatureEncoding},
    context::World,
    errors::{
        catalogue::{Exports, Files},
        failure::Failure,
    },
    inputs::{
        file::{read, read_stdin},
        full_keys::read_roots,
    },
    outcomes::{Outcome, full_keys, parts::Results},
    outputs::new_file::NewFile,
};

const MAX_MESSAGE: u64 = 64 << 20;

/// Signs the message in a file.
pub(crate) fn sign(args: &Sign, world: &mut World) -> Result<Outcome, Failure> {
    let chain = chain_of(args)?;
    refuse_form(args, chain)?;
    let message = message_of(args, world)?;
    let place = args.place.place((args.index, args.index));
    let roots =
        read_roots(&args.keys, world).map_err(|failure| perhaps_swapped(failure, &message))?;
    let roots = choose_keyset(roots, args.keys.keyset, &[chain], &place)?;
    refuse_several(&roots, chain)?;
    let keyset = roots_for(&roots, chain)?.find_map(|root| root.keyset);
    if args.out.is_standard() {
        world.terminal.demand_stdout(true)?;
    }
    let out = (!args.out.is_standard())
        .then(|| NewFile::create(&args.out))
        .transpose()?;

    let handed = match (args.prehashed, args.text_message) {
        (true, _) => Handed::Digest,
        (_, true) => Handed::Text,
        _ => Handed::Transaction,
    };
    let request = Request {
        chain,
        script: args.script(),
        message: &message,
        handed,
    };
    let signed = sign_message(&roots, &place, request)?;

    let (text, recovery_id) = written_form(args, chain, &signed);
    let written = out
        .map(|out| out.finish_with(format!("{text}\n").as_bytes()))
        .transpose()?;
    match &written {
        None => world.terminal.show_result(&text),
        Some(path) => world
            .terminal
            .say(format!("wrote the signature to `{}`", path.display())),
    }
    tell(chain, args, &message, &signed, world);
    if let Some(keyset) = keyset {
        world
            .terminal
            .say(format!("the key is of keyset {}", keyset.id));
    }
    let digest = (signed.covered.bytes.len() == 32).then(|| hex::encode(&signed.covered.bytes));
    Ok(Outcome::done(full_keys::Signed {
        chain: chain.name,
        path: signed.path.to_string(),
        keyset_id: keyset.map(|keyset| keyset.id),
        public_key: signed.public_key.to_hex(),
        address: signed.address,
        scheme: signed.signature.scheme(),
        message_bytes: message.len(),
        message_sha256: hex::encode(signed.message_sha256),
        hash: signed.covered.hash,
        digest,
        signature: text,
        recovery_id,
        files: Results::of(&written),
    }))
}

/// Where no keys could be read and the message is keys, the two names are swapped.
fn perhaps_swapped(failure: Failure, message: &[u8]) -> Failure {
    match KnownFile::of(message) {
        Some(KnownFile::FullKeys | KnownFile::LockedKeys) => failure.hint_instead(
            "the two names are swapped: the keys come first, then the message: `lifeboat sign KEYS MESSAGE`",
        ),
        _ => failure,
    }
}

fn chain_of(args: &Sign) -> Result<&'static Chain, Failure> {
    let bare = args.curve.map(|curve| Chain::bare(curve.curve()));
    args.chain
        .or(bare)
        .ok_or_else(|| Failure::new(Files::Usage, "no chain").hint("say `--chain`"))
}

/// `--form` is ECDSA's: ignored, it would give another signature than was asked for.
fn refuse_form(args: &Sign, chain: &'static Chain) -> Result<(), Failure> {
    let is_ecdsa = chain.curve() == Curve::Secp256k1 && args.script() != Some(Script::P2tr);
    if is_ecdsa || args.form.is_none() {
        return Ok(());
    }
    let message = "`--form` is for ECDSA signatures; taproot and Ed25519 signatures have one form";
    Err(Failure::new(Files::Usage, message).hint("leave `--form` out"))
}

fn refuse_several(roots: &[RootKey], chain: &'static Chain) -> Result<(), Failure> {
    let wallets = roots_for(roots, chain).map_or(0, Iterator::count);
    if wallets <= 1 {
        return Ok(());
    }
    let has_keysets = roots.iter().any(|root| root.keyset.is_some());
    if has_keysets {
        let message = "several of the workspace's keys could sign";
        return Err(Failure::new(Exports::SeveralWallets, message).hint(
            "`--keyset N` says which of them signs; `lifeboat export` shows the keyset of each",
        ));
    }
    Err(
        Failure::new(Exports::SeveralWallets, "the keys are of several wallets")
            .hint("`--wallet ID` or `--client ID` says which of them signs"),
    )
}

/// The signature as it is written, and the recovery id where there is one.
fn written_form(args: &Sign, chain: &'static Chain, signed: &Signed) -> (String, Option<u8>) {
    let is_text = signed.covered.is_text;
    let usual = if args.text_message {
        EcdsaForm::Recoverable
    } else {
        EcdsaForm::Compact
    };
    let (bytes, recovery_id) = match &signed.signature {
        Signature::Ed25519(bytes) | Signature::Taproot(bytes) => (bytes.to_vec(), None),
        Signature::Ecdsa(signature) => (
            match args.form.unwrap_or(usual) {
                EcdsaForm::Compact => signature.compact.to_vec(),
                EcdsaForm::Recoverable => recoverable(chain, args.script(), is_text, signature),
                EcdsaForm::Der => signature.to_der(),
            },
            Some(signature.recovery_id),
        ),
    };

    let is_bitcoin = matches!(
        chain.form,
        AddressForm::Bitcoin(_) | AddressForm::CashAddr { .. }
    );
    let usual = if args.text_message && is_bitcoin {
        SignatureEncoding::Base64
    } else {
        SignatureEncoding::Hex
    };
    let text = match args.encoding.unwrap_or(usual) {
        SignatureEncoding::Hex => hex::encode(&bytes),
        SignatureEncoding::Base64 => Base64::encode_string(&bytes),
        SignatureEncoding::Base58 => bs58::encode(&bytes).into_string(),
    };
    (text, recovery_id)
}

/// What was signed, with which key: a person compares it with what the preparing software shows.
fn tell(chain: &'static Chain, args: &Sign, message: &[u8], signed: &Signed, world: &World) {
    let terminal = &world.terminal;
    let covered = &signed.covered;
    if let Some(note) = covered.note {
        terminal.warn(note);
    }
    if chain.workspace_coin().is_some() && args.place.coin.is_none() && args.place.path.is_none() {
        terminal.warn(format!(
            "signed with the key at `{}`; `{}` also has keys at another coin number: `--coin` picks one, \
             `lifeboat export` shows both addresses",
            signed.path, chain.name
        ));
    }
    let key = if signed.address.is_empty() {
        signed.public_key.to_hex()
    } else {
        signed.address.clone()
    };
    terminal.say(format!(
        "signed for `{key}` at `{}` ({})",
        signed.path,
        scheme_words(chain, &signed.signature)
    ));
    match covered.hash {
        Some(hash) => terminal.say(format!(
            "the signature covers the {hash} of the message: {}",
            hex::encode(&covered.bytes)
        )),
        None if covered.bytes.len() == 32 => terminal.say(format!(
            "the signature covers these 32 bytes: {}",
            hex::encode(&covered.bytes)
        )),
        None if covered.bytes != message => terminal.say(
            "the signature covers the message with the chain's mark of signed messages around it",
        ),
        None => terminal.say("the signature covers the message itself"),
    }
    terminal.say(format!(
        "the message: {} bytes, SHA-256 {}",
        message.len(),
        hex::encode(signed.message_sha256)
    ));
}

fn scheme_words(chain: &'static Chain, signature: &Signature) -> &'static str {
    match signature {
        Signature::Ecdsa(_) if chain.scripts().contains(&Script::P2tr) => {
            "ECDSA; taproot needs `--address-type p2tr`"
        }
        Signature::Ecdsa(_) => "ECDSA",
        Signature::Taproot(_) => "BIP 340, taproot key path",
        Signature::Ed25519(_) => "Ed25519",
    }
}

/// The message in a file or on standard input, decoded.
fn message_of(args: &Sign, world: &mut World) -> Result<Vec<u8>, Failure> {
    let form = match args.message_encoding {
        None | Some(MessageEncoding::Raw) => MessageForm::Raw,
        Some(MessageEncoding::Hex) => MessageForm::Hex,
        Some(MessageEncoding::Base64) => MessageForm::Base64,
        Some(MessageEncoding::Base58) => MessageForm::Base58,
    };
    let read = decode(read_message(args, world)?, form).map_err(|fault| {
        Failure::new(Exports::BadMessage, fault.to_string())
            .about(&args.message)
            .hint("`--message-encoding` says how the message is encoded in the file: `raw`, `hex`, `base64` or `base58`")
    })?;

    if read.bytes.is_empty() && !args.allow_empty {
        return Err(
            Failure::new(Exports::EmptyMessage, "the message is empty").about(&args.message)
        );
    }
    if args.text_message && form == MessageForm::Raw {
        demand_text(args, &read.bytes, world)?;
    }
    // The signature of the letters would be worth nothing, and nobody sees why.
    let is_asked_for = args.text_message || args.message_encoding.is_some();
    if !read.looks.is_empty() && !is_asked_for {
        return Err(only_letters(args, read.looks).about(&args.message));
    }
    Ok(read.bytes)
}

fn only_letters(args: &Sign, forms: &[MessageForm]) -> Failure {
    let words: Vec<&str> = forms.iter().map(|form| form.words()).collect();
    let names: Vec<String> = forms
        .iter()
        .map(|form| format!("`--message-encoding {}`", form.name()))
        .collect();
    let message = format!(
        "the file holds {}, and without `--message-encoding` these letters would be signed, not what they encode",
        words.join(" or ")
    );
    let failure = Failure::new(Exports::BadMessage, message)
        .hint(format!("{} decodes them", names.join(" or ")));
    // No chain signs them, but a bare key signs anything.
    if args.curve.is_some() {
        failure.hint("`--message-encoding raw` signs the letters themselves")
    } else {
        failure
    }
}

/// What wallets sign as text: `--message-encoding hex` is there for bytes that are none.
fn demand_text(args: &Sign, message: &[u8], world: &World) -> Result<(), Failure> {
    check_text(message).map_err(|fault| {
        Failure::new(Exports::BadMessage, fault.to_string())
            .about(&args.message)
            .hint("save the message as UTF-8 without a byte order mark; bytes that are no text: `--message-encoding hex`")
    })?;

    if message.ends_with(b"\n") || message.ends_with(b"\r") {
        world.terminal.warn(
            "the message ends with a line end, which is signed too; wallets sign the message without it, unless it was typed there",
        );
    }
    Ok(())
}

fn read_message(args: &Sign, world: &mut World) -> Result<Vec<u8>, Failure> {
    if !args.message.is_standard() {
        return read(&args.message, MAX_MESSAGE);
    }
    Ok(read_stdin(world, "the message", MAX_MESSAGE)?
        .expose()
        .to_vec())
}
