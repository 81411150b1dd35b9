//! Recovery kits.

use super::{Area, Code, not_verified, refused};

pub(super) const KITS: Area = Area {
    title: "Recovery kits",
    codes: CODES,
};

const CODES: &[Code] = &[
    not_verified(
        "wrong_recovery_key",
        "An entry of the kit does not open with this recovery key. Either the kit was made for another key, which is the \
         usual case where there is more than one, or the entry was altered. The kit and the key are not harmed.",
        "`lifeboat kit inspect KIT` shows the fingerprint of the key the kit was made for, where the kit says so; \
         `lifeboat key show PEM` shows that of your key. When they are the same, take another copy of the kit; when they \
         differ, look for the other key, or for the kit that was made for this one.",
    ),
    not_verified(
        "entry_size",
        "An entry has another size than a ciphertext for this key has: the key is of another size than the one the kit \
         was made for, or the entry was cut.",
        "Compare the fingerprints of `lifeboat kit inspect KIT` and `lifeboat key show PEM`. Try the other copies of both.",
    ),
    refused(
        "not_a_zip",
        "The file is no zip file. Often it is an error page of a download, an encrypted container around the kit, or an \
         entry of it.",
        "A kit is the zip file the console gave, or its unzipped folder. `file KIT` says what it is. Take off what was put \
         around it, or use another copy.",
    ),
    refused(
        "zip_damaged",
        "The file begins as a zip file, but its end is missing or damaged: a copy or download that broke off.",
        "Compare its size with the other copies, and use one that is whole. `zip -FF` may save entries, but use what \
         it saves only after `lifeboat kit verify`.",
    ),
    refused(
        "zip_split",
        "The file is one part of a zip file that was split.",
        "Put all parts into one folder and join them: `zip -s 0 KIT.zip --out WHOLE.zip`, or `7z x KIT.zip.001`.",
    ),
    refused(
        "zip_extra_bytes",
        "The zip file holds bytes before its first entry, between entries, or behind its end. Another program may find \
         another kit in them, so none is read. Something was put around the file, or somebody has altered it.",
        "Use the kit as the console gave it. If only this copy is left, unzip it on this offline machine, look at every \
         file, and name the folder.",
    ),
    refused(
        "zip_ambiguous",
        "A zip file names every entry twice, and here the two do not agree, or entries overlap. Programs would read \
         different kits from it, so none is read. The console makes no such file: somebody has altered it.",
        "Use the kit as the console gave it. If only this copy is left, unzip it on this offline machine, look at every \
         file, and name the folder.",
    ),
    not_verified(
        "other_kit",
        "The kit is not the one that `--kit-sha256` names. It is another kit, or was changed; or the value is the \
         SHA-256 of a zip file, and this is a folder or a re-packed zip.",
        "`lifeboat kit inspect KIT` shows the fingerprint, which is the same for the zip file and its folder. Use the copy \
         that has the fingerprint you noted when the kit was made.",
    ),
    refused(
        "kit_link",
        "A file of the kit's folder is a link or a device. It is not followed: it could lead to any file.",
        "`cp -rL FOLDER KIT` copies what the links lead to; name the copy. Or name the folder they lead to.",
    ),
    refused(
        "too_many_shares",
        "The kit holds more than 64 shares of one key. No workspace has so many; such files are made to keep a program busy.",
        "Is it the right kit? Use another copy of it.",
    ),
    refused(
        "duplicate_field",
        "A name is given twice in one JSON object. Programs disagree on which of the two counts, so neither does. No \
         program writes such a file: somebody has altered it.",
        "Use another copy. If there is none, look at both values; only the right one may stay.",
    ),
    refused(
        "too_many_values",
        "A JSON file holds more than 65,536 values. No such file does; it is made to fill memory.",
        "Is it the right file? Use another copy of it.",
    ),
    refused(
        "kit_too_large",
        "The file is larger than 64 MiB; kits are a few kilobytes. It is probably another file, or a backup that \
         holds the kit.",
        "Unpack it elsewhere and name the kit inside, or the folder the kit was unzipped to.",
    ),
    refused(
        "too_many_entries",
        "The zip file or folder holds more than 10,000 files; a kit holds a few. It is probably another one.",
        "Name the kit itself, or the folder that holds only the kit: the one with `metadata.json` in it.",
    ),
    refused(
        "entry_too_large",
        "An entry inflates to more than 16 MiB (shares: 64 KiB, owner shares: 1 MiB), all of them to more than 128 MiB, or \
         those of the kit to more than 32 MiB. No kit does; such files are made to fill memory.",
        "Is it the right zip file? Do not trust one that came from somebody else: use another copy of the kit.",
    ),
    refused(
        "duplicate_entry",
        "Two entries of the zip file have one name, or spell one share in two ways. Programs would disagree on which \
         one counts, so none is used. The console makes no such kit: somebody has repacked it.",
        "Use the kit as the console gave it. If only this copy is left, unzip it, look at both entries, and name the \
         folder with one of them moved away.",
    ),
    refused(
        "entry_encrypted",
        "The zip file was given a password of its own when it was stored. That is not the recovery key's passphrase.",
        "Unzip it with that password (`unzip KIT`, `7z x KIT`) on this offline machine, and name the folder.",
    ),
    refused(
        "entry_compressed",
        "The entry is not damaged: it is compressed by a method that the console does not use, such as LZMA, bzip2 or \
         Deflate64. Somebody has packed the kit again.",
        "Unpack it with the program that packed it (`7z x KIT -okit`, `unzip KIT -d kit`), and name the folder `kit`.",
    ),
    refused(
        "entry_damaged",
        "An entry's checksum is wrong, or it is cut: the file was damaged.",
        "Use another copy of the kit. `unzip -t KIT` shows which entries are whole.",
    ),
    refused(
        "no_metadata",
        "There is no `metadata.json` in it, so it is no kit, or only a part of one.",
        "Is it the right zip file or folder? `unzip -l KIT` lists what is in it. A zip file inside the zip file must be \
         taken out first.",
    ),
    refused(
        "several_kits",
        "There are several `metadata.json` in it: somebody has packed several kits together.",
        "Unzip it and name one of the folders; try each with `lifeboat kit inspect FOLDER`.",
    ),
    refused(
        "missing_entry",
        "`metadata.json` promises an entry that is not there: the kit was repacked without it, or only a part was \
         unzipped. Without this entry, no share that depends on it can be derived.",
        "Use another copy of the kit. `lifeboat kit inspect KIT` marks what is missing.",
    ),
    not_verified(
        "secret_length",
        "The recovery key opened an entry, but what is inside is not 32 bytes long. The key is right; the entry was not \
         made as kits are made.",
        "Use another copy, or an earlier kit of the same workspace: `lifeboat kit verify` tells whether it holds.",
    ),
    not_verified(
        "secret_range",
        "The recovery key opened an entry, but the number inside is zero or too large for its curve, which no real share \
         is. Nothing derived from it could be right.",
        "Use another copy, or an earlier kit of the same workspace: `lifeboat kit verify` tells whether it holds. Do not \
         go on with this one.",
    ),
    refused(
        "no_wallet_master",
        "The kit holds no wallet master key, so wallets of end users cannot be derived from it. The workspace did not \
         use such wallets when the kit was made, or it is the kit of another workspace.",
        "`lifeboat workspace KIT` gives the workspace's own keys. For end users' wallets look for the kit of the \
         workspace that has them.",
    ),
    refused(
        "several_wallet_masters",
        "The kit holds several wallet master keys, and shares of a wallet come from exactly one. Real kits have one.",
        "Use the kit as the console gave it.",
    ),
    refused(
        "no_workspace_keys",
        "The kit holds no keys of the workspace itself, only the wallet master. Nothing is wrong with it.",
        "`lifeboat derive` gives what it does hold: Key Share #1 of wallets.",
    ),
    refused(
        "no_shares",
        "The kit names a workspace key and holds not one share of it: the entries were lost when it was repacked or \
         unzipped.",
        "Use another copy of the kit. Other keys of it, and wallets of end users, may still be recoverable: `lifeboat kit \
         verify` tells each by itself.",
    ),
    not_verified(
        "same_player",
        "Two shares of one key belong to the same player, so they count only once and the key cannot be put together. A \
         kit of two mixed versions looks like this.",
        "Use the kit as the console gave it, from one date.",
    ),
    not_verified(
        "public_key_mismatch",
        "Shares were opened and put together, and the result does not have the public key that was expected. For a kit: \
         an entry is missing or altered, or the owner's share opened to the wrong thing. For a takeover: the server \
         share and the device share are of different wallets, or one of them is not what it was. No key was written.",
        "For a kit, `lifeboat kit verify` shows which entry fails; use another copy. For a takeover, check that wallet id \
         and device belong together, and whether an older device share exists. For an EdDSA share, see README: its \
         derivation is unconfirmed.",
    ),
    refused(
        "owner_secret_needed",
        "A workspace key has a share that belonged to the workspace owner's device, and nothing was given that opens \
         it. Wallets of end users do not need it.",
        "Give `--owner-passphrase-file FILE`, or `--owner-key PEM` where the passphrase was auto-generated. Where \
         neither is to be had, `lifeboat derive` works without.",
    ),
    not_verified(
        "wrong_owner_passphrase",
        "The owner's passphrase does not open the owner's share, or opens it to something that is no share. Usually it is \
         a slip, or the passphrase of another owner or an earlier kit.",
        "Try again; every character and space counts. Is it the passphrase that was set when this very kit was made?",
    ),
    not_verified(
        "owner_share_algorithm",
        "The owner's share opened, but says that it belongs to a key of another algorithm: entries of the kit were \
         exchanged or renamed.",
        "Use the kit as the console gave it.",
    ),
    not_verified(
        "wrong_owner_key",
        "The owner's RSA key opens nothing in the kit. It may be the recovery key, which is another one, or the key of \
         another owner.",
        "`--owner-key` takes the second RSA key that the customer made for auto-generated passphrases. Where the owner \
         chose a passphrase, use `--owner-passphrase-file`.",
    ),
    not_verified(
        "kit_not_verified",
        "`kit verify` tried everything, and at least one check failed; the table and the field `checks` say which and \
         why. What says `ok` is proved.",
        "Take the first failed line as the cause: a wrong key fails every line, a damaged entry its own. Try the other \
         copies now, not later. What is `ok` can be derived from this kit all the same.",
    ),
    not_verified(
        "nothing_verified",
        "Nothing failed, but nothing could be checked either: the kit names neither workspace keys nor a wallet \
         master. It proves nothing.",
        "Is it the right kit? Do not file this report as evidence.",
    ),
];
