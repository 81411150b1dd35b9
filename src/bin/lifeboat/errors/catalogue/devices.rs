//! Device backups and takeovers.

use super::{Area, Code, not_verified, refused, some_failed};

pub(super) const DEVICES: Area = Area {
    title: "Device backups and takeovers",
    codes: CODES,
};

const CODES: &[Code] = &[
    not_verified(
        "backup_not_opened",
        "A key of the device backup does not open: another passphrase, another device id, or an altered backup. These \
         cannot be told apart, because the backup's cipher does not say. The backup is not harmed.",
        "The passphrase is the one of the backup's passphraseId, `--device-id` the device that made it. Try \
         each pair you have, and older backups of the same device. `--algorithm` recovers one key where only the other \
         is damaged.",
    ),
    refused(
        "no_backup",
        "No file of the folder holds a device backup; or, beside a device of a list, none of its backups is that device's.",
        "Keep the messages that carry backups as they are sent (`backup_keys`) or fetched (`get_backup`). A column `file` or \
         `passphraseId` in the list says which backup is whose.",
    ),
    refused(
        "bad_device_list",
        "The list given with `--devices` is no CSV with a column `deviceId`, or one of its rows is not right: then the others \
         are used.",
        "Name the columns in the first line: `deviceId`, and `walletId`, `passphraseId` or `file`.",
    ),
    some_failed(
        "some_not_recovered",
        "Device shares were recovered and written; some devices or files failed, each with its reason in `failed`.",
        "Keep the result. Recover those that failed alone, with another passphrase or an older backup.",
    ),
    some_failed(
        "none_recovered",
        "Not one backup of the list was recovered. Nothing was written; each device stands in `failed` with its reason.",
        "Look the codes of the devices up here.",
    ),
    refused(
        "bad_passphrase_id",
        "A passphraseId that is empty, too long or holds a control character; or, with `--passphrase-dir`, one that cannot be \
         the name of a file because it holds a slash or is `.` or `..`.",
        "Give the passphrase with `--passphrase-file`.",
    ),
    refused(
        "several_passphrase_files",
        "Several files of the folder are named after the passphraseId, and differ in letter case or dashes alone.",
        "Give the right one with `--passphrase-file`.",
    ),
    not_verified(
        "wrong_passphrase",
        "The passphrase does not open a file that lifeboat has locked: a backup, full keys or ejected keys. The file \
         is sound, and there is no limit on tries.",
        "Try again; every character and space counts. Was it locked under the passphrase of another file?",
    ),
    not_verified(
        "locked_file_altered",
        "The passphrase is right, but the locked file is not what was written: damaged, cut or edited.",
        "Use another copy of the file. Full keys can be made again from the two shares.",
    ),
    not_verified(
        "backup_contradiction",
        "The backup opened, but holds another device or other keys than its first line says. lifeboat writes no such \
         file: a program has made it wrongly, or on purpose.",
        "Use another backup of the device. Do not trust where this one came from.",
    ),
    not_verified(
        "other_device",
        "The backup says that it belongs to another device than the one named.",
        "Say `--device-id` as the hint does, if that is the device you mean; otherwise take the backup of yours.",
    ),
    refused(
        "no_such_key",
        "The device backup holds no key of the algorithm asked for. Many wallets have only one.",
        "Leave `--algorithm` out to recover every key that is there.",
    ),
    refused(
        "passphrase_command",
        "The command that was to print the passphrase did not start, failed, printed nothing, left its output open, or \
         had not ended after 60 seconds. A name without `/` must be that of a program in PATH; `./NAME` is one in this \
         folder. It runs confined: it can read files and ask local agents, but has an empty standard input, few variables \
         of the environment and no network, and can write no file, which gpg, for one, wants to. Its output is not shown, because it may be the passphrase.",
        "Run it by hand with the passphraseId as its last argument. It must print the passphrase on standard output \
         and end with exit status 0. What must write files is run before: `gpg -qd FILE | lifeboat share recover BACKUP \
         --device-id ID --passphrase-file - --out OUT`. `--passphrase-file` and `--passphrase-dir` do without.",
    ),
    refused(
        "padded_passphrase",
        "A new passphrase begins or ends with white space. Wallet SDKs drop it when they back up and not when they \
         recover, so such a backup opens only by luck.",
        "Take the white space off both ends of the passphrase file. It is refused for every new passphrase, of keys, backups, \
         results and keystores alike; what exists already is opened with the passphrase as it is.",
    ),
    not_verified(
        "backup_proof_failed",
        "A new backup was opened again before it was written, and was not what went in. No honest machine does this. \
         Nothing was written, and the device share is as it was.",
        "Do not use this machine for keys before its memory and this program have been checked.",
    ),
    refused(
        "no_public_key",
        "A key of the device share comes without its public key: a takeover could not prove its result, and the wallet \
         SDK's backups must carry it.",
        "Put the wallet's public key into the field `publicKey` of the device share, from your own records of the \
         wallet. `share backup --format lifeboat` does without.",
    ),
    refused(
        "no_such_wallet",
        "The server shares do not hold the wallet. It was not in the list that was derived, or the id is another one.",
        "Compare with the nearest ids of the hint. Derive it: `lifeboat derive KIT --key PEM WALLET_ID`.",
    ),
    refused(
        "no_device_key",
        "The device share holds no key of the algorithm asked for.",
        "Leave `--algorithm` out to take over every key of the device.",
    ),
    refused(
        "no_server_share",
        "The device has a key of an algorithm that the server shares were not derived for.",
        "Derive both with `lifeboat derive … --algorithm both`, or take over one with `--algorithm ecdsa` or `eddsa`.",
    ),
    refused(
        "cosigner_silent",
        "One of several cosigners has no share for an algorithm that the others have: the record was cut or edited. \
         Without it the sum would be wrong.",
        "Use the whole record, as `derive` wrote it, or derive it again.",
    ),
    refused(
        "share_range",
        "A share is zero or not below the group order, which no real share is: the record or the share file is damaged, or \
         of another curve. Beside a pair of Portal halves it says why the two were not joined.",
        "Derive the record again from the kit, or use another copy of the share.",
    ),
    not_verified(
        "not_additive",
        "A key of the device share has the name of an algorithm whose shares do not add up. Mobile SDKs call the additive \
         ones so, and the shares were added; the sum does not have the wallet's public key.",
        "Is it the device share of this very wallet? Keys of the workspace itself come from `lifeboat workspace`.",
    ),
    some_failed(
        "some_not_taken_over",
        "Some wallets of the list were taken over and written, others were not: each of those is named in `failed` with \
         its own code.",
        "Look the codes up here, and take those wallets over in another run with another `--out`.",
    ),
    some_failed(
        "no_takeover",
        "Not one wallet of the list could be taken over, so nothing was written. Each is named in `failed` with its \
         own code. When all have the same one, it is one slip: the wrong folder, or the wrong shares.",
        "Try one wallet with `--wallet ID --device-share FILE`: its message says more. Device shares are looked for as \
         `WALLET_ID.json` in the folder.",
    ),
];
