//! Portal backups.

use super::{Area, Code, in_a_record, not_verified, refused, some_failed};

pub(super) const PORTAL: Area = Area {
    title: "Portal backups",
    codes: CODES,
};

const CODES: &[Code] = &[
    not_verified(
        "wrong_cloud_key",
        "The key from the user's cloud does not open the client backup: the key of another backup or another user, or an \
         altered ciphertext. Each new backup overwrites the key in the cloud, so an older ciphertext needs an older key. \
         Neither is harmed.",
        "Try every version of the ciphertext with every key: `portal eject` takes folders, and `--key-file` more than \
         once. Backups made with a password or PIN need `--passphrase-file`.",
    ),
    not_verified(
        "wrong_password",
        "The password does not open the client backup: a slip, an older password, or a backup that was not made with \
         a password. The backup is not harmed, and there is no limit on tries.",
        "Every character and space counts. Backups made with iCloud or Google Drive need `--key-file`.",
    ),
    refused(
        "ciphertext_short",
        "What was given as a client backup is too short to be one: digits were lost, or it is something else.",
        "Fetch it again as it was stored. A backup that is too short for a password may be one under a cloud key: \
         `--key-file`.",
    ),
    refused(
        "bad_cloud_key",
        "The file given as `--key-file` does not hold 64 hexadecimal digits, or no file in the folder does.",
        "`lifeboat portal cloud-name` tells which file or entry of the user's cloud holds the key. A password goes with \
         `--passphrase-file`.",
    ),
    refused(
        "cloud_key_needed",
        "A client backup is still encrypted, and nothing was given to open it. In a folder, the other files were used.",
        "Give `--key-file FILE` or `--passphrase-file FILE`; both can be given several times.",
    ),
    refused(
        "locked_keys",
        "The file holds keys that `portal eject --out` locked under a passphrase, and a cloud key was given. That key \
         belongs to the user's backup and is not needed any more.",
        "Give the passphrase that was set when they were ejected: `--passphrase-file`.",
    ),
    refused(
        "not_a_ciphertext",
        "The file is an answer or a row without an encrypted client backup in it: perhaps the custodian's share, or a client \
         share that is open already.",
        "`lifeboat portal inspect FILE` says what it holds.",
    ),
    refused(
        "several_ciphertexts",
        "The file holds several encrypted backups, and `portal decrypt` opens one.",
        "Put each into a file of its own, or let `lifeboat portal eject` open them all.",
    ),
    refused(
        "not_a_share",
        "The file holds neither a Portal share nor a client backup, or something else stands among them. In a folder such \
         files are passed over, or named as failed where they look like damaged shares.",
        "A client share is what `lifeboat portal decrypt` writes, a custodian share what the webhook delivered. Use the \
         file as it was delivered.",
    ),
    refused(
        "share_limits",
        "The file wraps shares deeper than any answer of the provider does, holds more than 100,000 of them, or a \
         ciphertext that opens to another one.",
        "Take the shares out of what was put around them, or split the file.",
    ),
    refused(
        "wrong_half",
        "A client half was named as the custodian's, or the other way round.",
        "Client halves go with `--client`, custodian halves with `--custodian`; a key takes one of each.",
    ),
    refused(
        "given_twice",
        "One file or folder was named twice.",
        "Name it once. A file that holds both halves is named once with `--client` and once with `--custodian`.",
    ),
    refused(
        "no_client_half",
        "Among the files and folders given with `--client` is no client half.",
        "`lifeboat portal inspect FILE…` shows what they hold. The client half comes from the user's backup: without \
         it there is no key, whatever the custodian has.",
    ),
    refused(
        "no_custodian_half",
        "Among the files and folders given with `--custodian` is no custodian half.",
        "`lifeboat portal inspect FILE…` shows what they hold. The custodian half was delivered to your server by webhook.",
    ),
    not_verified(
        "no_pair",
        "Client and custodian halves were found, and no two of them belong together. An interrupted backup leaves halves \
         of different pairs. No key was written; each pairing and why it failed stands in `unpaired`.",
        "Add every older version of both sides: each is tried with each. `lifeboat portal inspect FILE…` shows pair ids \
         and whether each share is sound.",
    ),
    refused(
        "too_many_pairings",
        "So many halves of one wallet were given that trying each with each would take days: at most 20,000 pairings are \
         tried for one wallet and 1,000,000 in one run, those with equal pair ids or points first. Where other keys were \
         made, they were written, and the exit status is 1.",
        "Name the files of one client at a time, on both sides.",
    ),
    in_a_record(
        "other_wallet",
        "The two halves name different public keys: they belong to different wallets.",
        "Nothing is wrong with either: each needs its own other half.",
    ),
    in_a_record(
        "other_client_half",
        "The custodian half was made together with another client half: another version of the backup.",
        "Look for the client backup of the same date, and for older custodian halves.",
    ),
    in_a_record(
        "other_custodian_half",
        "The client half was made together with another custodian half: another version of the backup.",
        "Look for the custodian half of the same date, and for older client backups.",
    ),
    in_a_record(
        "same_abscissa",
        "Both halves stand at the same place of the line, so they do not fix it: one of them was edited or copied \
         together wrongly.",
        "Use the halves as they were delivered.",
    ),
    some_failed(
        "wallets_unpaired",
        "Keys were made and written, but some wallets found no pair of halves: they stand in `unpaired`, with the reason of \
         each pairing.",
        "Keep the result. Add every older version of both sides for the wallets that are named, and run it again with \
         another `--out`.",
    ),
    some_failed(
        "ciphertexts_shut",
        "Keys were made and written, but client backups stayed shut while custodian halves wait for them.",
        "Keep the result. Give every key and password there is: `--key-file` and `--passphrase-file` can be given several \
         times.",
    ),
    some_failed(
        "files_failed",
        "Everything in the folders that could be used was used; some files could not be, each with its own code in \
         `failed`.",
        "Look the codes up here. Fetch those files again, or move what is no share out of the folder.",
    ),
    not_verified(
        "share_inconsistent",
        "The numbers inside a share contradict each other: it was damaged or edited. A key made of it would be checked \
         against the public key, and refused.",
        "Use another copy or an older version of the shares that are named.",
    ),
    not_verified(
        "signing_share",
        "A share of the client is a signing share: what a device holds to sign with, or what `generate` returned. Its \
         `signingSharePairId` is set and its `backupSharePairId` is empty. The other share of that pair never leaves the \
         provider, so no key can be made of it.",
        "Keep and give the client's backup share: what `backupWallet` gives the app, encrypted, with \
         `backupSharePairId` set.",
    ),
    refused(
        "padded_id",
        "An id was given with white space around it, or empty. The names in the user's cloud are made of the ids as they \
         stand, so that a blank gives the name of a file that is not there.",
        "Give the id again without the white space.",
    ),
    refused(
        "bad_public_key",
        "What was given with `--public-key` is no ed25519 public key, Solana address or Stellar address.",
        "Give 64 hexadecimal digits or the address. secp256k1 keys need no repair.",
    ),
    refused(
        "bad_exported_key",
        "The file does not hold an ed25519 key as the provider's tool exports it: 32 bytes in base58. 64 hexadecimal \
         digits are a secp256k1 key, which needs no repair.",
        "Give the file with the exported key alone, without quotes or labels.",
    ),
    not_verified(
        "key_of_another_wallet",
        "The exported key does not have this public key, neither as it stands nor with its zero bytes moved: it belongs to \
         another wallet, or is damaged.",
        "Try the address of another wallet of the user, or eject anew with `lifeboat portal eject`.",
    ),
    refused(
        "secret_in_arguments",
        "A private key was typed where the name of a file belongs. It is in the shell's history now, and was visible to \
         other users of the machine.",
        "Put it into a file, or give `-` and let standard input bring it. Clean the shell's history (`history -c`), and \
         move the coins soon.",
    ),
];
