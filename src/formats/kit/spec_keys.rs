//! The workspace's own keys in a SPEC: who has which share, and that the shares make the key (FORMATS.md §26).

use std::collections::HashSet;

use uuid::Uuid;

use super::{
    archive::MAX_ENTRIES,
    container::MAX_PLAYERS,
    metadata::{MAX_COSIGNERS, MAX_KEYS, MAX_NUMBER},
    spec::{Device, KeySecret, KeySpec, Player},
    spec_fields::{MAX_TEXT, algorithm, key_id, object, scalar, wrong},
};
use crate::{
    crypto::{
        curve::{Curve, PublicKey, Scalar},
        secret::SecretText,
        secret_sharing::{ShamirShare, add_shares, interpolate_shares, value_at},
    },
    formats::{
        encoding::json::{FieldError, FieldFault, Object, Value},
        wallets::algorithm::Algorithm,
    },
};

/// Longest `auxiliaryKeys`, as JSON has it: an owner share twice as long is still read.
const MAX_AUXILIARY: usize = 384 << 10;

/// Every key, in the order of the table.
pub(super) fn signing_keys(keys: &Value<'_>) -> Result<Vec<KeySpec>, FieldError> {
    let table = keys.object()?;
    let found: Vec<KeySpec> = table
        .named()
        .map(|(id, key)| signing_key(id, &key))
        .collect::<Result<_, _>>()?;
    if found.len() > MAX_KEYS {
        return wrong(
            keys,
            format!("{} keys, {MAX_KEYS} are the most", found.len()),
        );
    }
    let shares: usize = found.iter().map(|key| key.players.len()).sum();
    // Besides, a kit has its metadata, its public key, a passphrase, and what the wallet master's cosigners have.
    let most = MAX_ENTRIES - MAX_COSIGNERS - 3;
    if shares > most {
        return wrong(keys, format!("{shares} shares, {most} are the most"));
    }
    Ok(found)
}

fn signing_key(id: &str, key: &Value<'_>) -> Result<KeySpec, FieldError> {
    let known = [
        "algo",
        "publicKey",
        "privateKey",
        "chainCode",
        "keysetId",
        "threshold",
        "shares",
    ];
    let fields = object(key, &known)?;
    let id = key_id(id, key)?;
    let algorithm = algorithm(&fields.get("algo")?)?;
    let curve = algorithm.curve();
    let list = fields.get("shares")?;
    let (players, shares) = players(&list, id, algorithm)?;
    let threshold = threshold(&fields, algorithm, players.len())?;
    let places = Player::places(&players, id, curve);
    let enough = threshold.unwrap_or(players.len());
    let (secret, public_key) = match shares {
        Some(shares) => {
            let joined = joined_key(&list, algorithm, &places, &shares, enough)?;
            (KeySecret::Shares(shares), of_key(&list, &joined)?)
        }
        None => {
            let key = whole_key(&fields, &list, curve, players.len())?;
            let public_key = of_key(&list, &key)?;
            (KeySecret::Whole(key), public_key)
        }
    };
    demand_same(&fields, algorithm, &public_key)?;

    Ok(KeySpec {
        id,
        algorithm,
        public_key,
        chain_code: fields
            .find("chainCode")
            .map(|code| code.hex_array())
            .transpose()?,
        keyset: fields
            .find("keysetId")
            .map(|keyset| keyset.integer(1..=MAX_NUMBER))
            .transpose()?,
        threshold,
        players,
        secret,
    })
}

/// The key itself, where no player has a share of it.
fn whole_key(
    fields: &Object<'_>,
    list: &Value<'_>,
    curve: Curve,
    players: usize,
) -> Result<Scalar, FieldError> {
    let Some(value) = fields.find("privateKey") else {
        return wrong(
            list,
            "every player needs a `share`, or the key a `privateKey` that is shared among them",
        );
    };
    if players < 2 {
        return wrong(
            list,
            "one player alone would have the key: name two or more",
        );
    }
    scalar(&value, curve)
}

/// What is said of the key beside its shares is what they make.
fn demand_same(
    fields: &Object<'_>,
    algorithm: Algorithm,
    made: &PublicKey,
) -> Result<(), FieldError> {
    const ANOTHER: &str = "the shares make another key";

    if let Some(value) = fields.find("privateKey")
        && of_key(&value, &scalar(&value, algorithm.curve())?)? != *made
    {
        return wrong(&value, ANOTHER);
    }
    match fields.find("publicKey") {
        Some(value) if public_key_of(&value, algorithm)? != *made => wrong(&value, ANOTHER),
        _ => Ok(()),
    }
}

/// The players of a key and their shares, if they are there: all of them or none.
fn players(
    list: &Value<'_>,
    key_id: Uuid,
    algorithm: Algorithm,
) -> Result<(Vec<Player>, Option<Vec<Scalar>>), FieldError> {
    let (mut players, mut shares) = (Vec::new(), Vec::new());
    let (mut numbers, mut places) = (HashSet::new(), HashSet::new());
    let mut has_device = false;
    for element in list.elements()? {
        let (player, share) = player(&element)?;
        let is_new = match player.number() {
            Some(number) => numbers.insert(number),
            None => !std::mem::replace(&mut has_device, true),
        };
        if !is_new {
            return wrong(&element, "this player has a share of the key already");
        }
        let place = player.abscissa(key_id);
        if !algorithm.is_additive() && (place == 0 || !places.insert(place)) {
            return wrong(
                &element,
                "its id gives it the place of another player on the polynomial, or that of the key",
            );
        }
        if let Some(value) = share {
            if shares.len() < players.len() {
                return wrong(
                    &element,
                    "it has a `share`, and the players before it have none",
                );
            }
            shares.push(scalar(&value, algorithm.curve())?);
        } else if !shares.is_empty() {
            return wrong(
                &element,
                "it has no `share`, and the players before it have one",
            );
        }
        players.push(player);
    }

    if players.is_empty() || players.len() > MAX_PLAYERS {
        let text = format!("{} players, expected 1 to {MAX_PLAYERS}", players.len());
        return wrong(list, text);
    }
    let shares = (!shares.is_empty()).then_some(shares);
    Ok((players, shares))
}

/// A player, and the field with its share.
fn player<'a>(element: &Value<'a>) -> Result<(Player, Option<Value<'a>>), FieldError> {
    let of_device = ["deviceId", "userId", "tagged", "auxiliaryKeys", "share"];
    let fields = element.object()?;
    let ways = ["cosigner", "number", "deviceId"];
    let named: Vec<&str> = ways
        .into_iter()
        .filter(|name| fields.has_any(&[name]))
        .collect();
    let (fields, player) = match named.as_slice() {
        ["cosigner"] => {
            let fields = object(element, &["cosigner", "share"])?;
            let player = Player::Cosigner(fields.get("cosigner")?.uuid()?);
            (fields, player)
        }
        ["number"] => {
            let fields = object(element, &["number", "share"])?;
            let player = Player::Number(fields.get("number")?.integer(0..=u32::MAX)?);
            (fields, player)
        }
        ["deviceId"] => {
            let fields = object(element, &of_device)?;
            let player = Player::Device(device(&fields)?);
            (fields, player)
        }
        _ => {
            return wrong(
                element,
                "expected one of `cosigner`, `number` and `deviceId`: who has the share",
            );
        }
    };
    Ok((player, fields.find("share")))
}

fn device(fields: &Object<'_>) -> Result<Device, FieldError> {
    let user = fields.get("userId")?;
    let user_id = user.text()?;
    if user_id.expose().is_empty() || user_id.expose().len() > MAX_TEXT {
        return wrong(&user, format!("expected 1 to {MAX_TEXT} bytes of text"));
    }
    let auxiliary = fields.find("auxiliaryKeys");
    if let Some(value) = &auxiliary
        && value.raw().len() > MAX_AUXILIARY
    {
        return wrong(value, format!("longer than {} KiB", MAX_AUXILIARY >> 10));
    }
    // It is kept as it is written: of what it means a kit knows nothing.
    let auxiliary = auxiliary.map(|value| SecretText::new(value.raw().to_owned()));
    Ok(Device {
        id: fields.get("deviceId")?.uuid()?,
        user_id: user_id.expose().to_owned(),
        tagged: match fields.find("tagged") {
            None => false,
            Some(value) => match value.raw() {
                "true" => true,
                "false" => false,
                _ => return Err(value.fault(FieldFault::Type("true or false"))),
            },
        },
        auxiliary,
    })
}

fn threshold(
    fields: &Object<'_>,
    algorithm: Algorithm,
    players: usize,
) -> Result<Option<usize>, FieldError> {
    let Some(value) = fields.find("threshold") else {
        return Ok(None);
    };
    let threshold = value.integer(1..=u32::MAX)? as usize;
    if threshold > players {
        return wrong(&value, format!("more than there are players: {players}"));
    }
    if algorithm.is_additive() && threshold < players {
        let text = format!("an additive key takes the shares of all {players} players");
        return wrong(&value, text);
    }
    if threshold == 1 && players > 1 {
        return wrong(&value, "one player alone would have the key");
    }
    Ok(Some(threshold))
}

/// The key that shares make; they must all be of one polynomial.
fn joined_key(
    list: &Value<'_>,
    algorithm: Algorithm,
    places: &[Scalar],
    shares: &[Scalar],
    enough: usize,
) -> Result<Scalar, FieldError> {
    let joined = if algorithm.is_additive() {
        add_shares(shares)
    } else {
        let points: Vec<ShamirShare<'_>> = places
            .iter()
            .zip(shares)
            .map(|(abscissa, share)| ShamirShare { abscissa, share })
            .collect();
        let (first, others) = points.split_at(enough.min(points.len()));
        for (element, point) in list.elements()?.skip(first.len()).zip(others) {
            let value = value_at(first, point.abscissa);
            if !value.is_some_and(|value| value.to_bytes().same_as(&point.share.to_bytes())) {
                let text =
                    format!("with it another key comes out than of the first {enough} alone");
                return wrong(&element, text);
            }
        }
        interpolate_shares(first)
    };
    joined.ok_or_else(|| list.fault(FieldFault::Value("two players at one place".to_owned())))
}

/// The public key of a private one; zero has none.
fn of_key(value: &Value<'_>, key: &Scalar) -> Result<PublicKey, FieldError> {
    key.public_key().ok_or_else(|| {
        value.fault(FieldFault::Value(
            "together they make zero, no key".to_owned(),
        ))
    })
}

fn public_key_of(value: &Value<'_>, algorithm: Algorithm) -> Result<PublicKey, FieldError> {
    let curve = algorithm.curve();
    let bytes = value.hex()?;
    if bytes.len() != curve.public_key_length() {
        return Err(value.fault(FieldFault::Length {
            expected: curve.public_key_length(),
            found: bytes.len(),
        }));
    }
    PublicKey::from_bytes(curve, &bytes)
        .ok_or_else(|| value.fault(FieldFault::Value("no point of the curve".to_owned())))
}
