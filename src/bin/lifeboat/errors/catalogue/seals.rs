//! Sealed files.

use super::{Area, Code, not_verified, refused};

pub(super) const SEALS: Area = Area {
    title: "Sealed files",
    codes: CODES,
};

const CODES: &[Code] = &[
    not_verified(
        "not_recipient",
        "The file is sealed, and not to this key. `check` says so too when the file is not as `derive` sealed it from that \
         kit: of another kit, merged or rewrapped since, or its head was altered.",
        "The second line of the file lists the fingerprints of its recipients; `lifeboat key show PEM` shows that of a key. \
         Give the private key of one of them. Whoever can open it can seal it to others with `lifeboat rewrap`; \
         otherwise derive again from the kit with `--seal-to`. What `check` cannot open, its recipient unseals first.",
    ),
    not_verified(
        "sealed_recipients",
        "The list of recipients on the second line was altered or damaged, so the file's key cannot be trusted.",
        "Copy the file again from where it was made, and compare the SHA-256 that was shown there.",
    ),
    not_verified(
        "sealed_record",
        "A record does not open: it was altered, moved to another line, or comes from another file. Nothing stands \
         under the result's name.",
        "Do not use any of it: copy the file again from where it was made, or derive again from the kit.",
    ),
    not_verified(
        "sealed_line",
        "A line is not as sealed files have it: cut in the middle, or damaged on the way.",
        "Copy the file again from where it was made, and compare the SHA-256. Files go as they are, not as text in a mail.",
    ),
    not_verified(
        "sealed_cut_off",
        "The closing line is missing: the file was cut off, or it is an unfinished result (`….partial`).",
        "Copy it again, or finish it with `derive --resume`. Single records of it open all the same: `lifeboat unseal FILE \
         --wallet ID`.",
    ),
    not_verified(
        "sealed_closing",
        "The closing line does not fit the records before it: records are missing or added, or the line itself is \
         damaged. There is no telling whether the rest is complete.",
        "Copy the file again from where it was made, and compare the SHA-256.",
    ),
    not_verified(
        "sealed_trailing",
        "Something stands after the closing line: two files were joined, or a line was added.",
        "Copy the file again from where it was made. Parts of a batch are opened one by one, not joined.",
    ),
    refused(
        "not_sealed",
        "The file does not begin as a sealed file does: it is another file, or a result in clear.",
        "A sealed file is what `derive --seal-to`, `seal`, `takeover --seal-to` and `portal seal` write. A result in clear \
         needs no opening.",
    ),
    refused(
        "sealed_as_age",
        "The file is one of age. That format seals a file as a whole: it has no records that could be opened, checked, merged \
         or handed over one by one, and its recipients cannot be changed without opening it.",
        "`lifeboat unseal FILE --key PEM --out NEW` opens it, and so does `age -d -i PEM FILE`.",
    ),
    refused(
        "age_armor",
        "The file is one of age in its text form, which begins `-----BEGIN AGE ENCRYPTED FILE-----`. lifeboat writes and reads \
         the binary form alone.",
        "`age -d -i PEM FILE > RESULT` opens it; write the result to a disk in memory.",
    ),
    not_verified(
        "age_header",
        "The header of an age file is not as age writes it, or was altered, so the file's key cannot be trusted.",
        "Copy the file again from where it was made, and compare the SHA-256.",
    ),
    not_verified(
        "age_chunk",
        "A part of an age file does not open: it was altered, the file was cut off, or something stands behind its end. \
         Nothing stands under the result's name.",
        "Copy the file again from where it was made. An age file that was not finished cannot be finished: derive again.",
    ),
    refused(
        "age_resume",
        "`--resume` was asked for with `--seal-format age`. The key of an age file is drawn for one run and kept nowhere, so \
         that no other run can go on with it.",
        "Leave `--resume` out and derive all of it anew, or leave `--seal-format age` out.",
    ),
    refused(
        "sealed_newer",
        "The file was sealed by a newer version of lifeboat than this one. Nothing is wrong with it.",
        "Take the lifeboat that wrote it, or a newer one.",
    ),
    refused(
        "sealed_other",
        "The sealed file is sound, but holds something else than this command works with: Key Share #1, full keys, or \
         Portal shares. Its first line says which under `holds`.",
        "`lifeboat unseal` opens Key Share #1 and full keys, `lifeboat portal open` what `portal seal` sealed. `takeover` \
         wants Key Share #1.",
    ),
    refused(
        "sealed_needs_key",
        "The server shares that were named, or a part that is to be merged, are sealed.",
        "Give the private key they are sealed to: `takeover … --key PEM`, `merge … --key PEM --seal-to PUBLIC.pem`. They \
         need not be unsealed first. Sealed parts are also whole each by itself: who has no key for them leaves them so.",
    ),
    not_verified(
        "no_record",
        "The sealed file has no record of that id; it was searched to its end. The id was not in the list that was \
         derived, or it is written otherwise.",
        "Look for it in another result, or derive it: `lifeboat derive KIT --key PEM ID`. Records of `portal seal` are \
         found by the names of the share files.",
    ),
    not_verified(
        "record_key_other_file",
        "The record key was handed over for another sealed file. Every file has its own, even of the same wallets.",
        "Ask for the key of this file's record, or name the file it belongs to.",
    ),
    refused(
        "weak_recipient",
        "A recipient's key has fewer than 3072 bits. What is sealed may be copied and kept for years; such a key might \
         not hold so long.",
        "`lifeboat keygen` makes one of 4096 bits; the recipient does it and sends the public half.",
    ),
    refused(
        "many_recipients",
        "More public keys were named than the second line of a sealed file has room for: 256.",
        "Seal it in several files, each to some of the recipients.",
    ),
    refused(
        "no_recipient",
        "There is nobody to seal to. Commands ask for recipients before they begin; only a program that uses the library \
         can come here.",
        "Name at least one public key.",
    ),
    refused(
        "same_name",
        "Two share files to be sealed have one name. Records are found by their names, so one would hide the other.",
        "Rename one of them.",
    ),
    refused(
        "record_name",
        "A share file's name cannot name a record, or a record's name cannot be a file's: it has other characters than \
         letters, digits, `.`, `_`, `:` and `-`, is longer than 128, or is only dots.",
        "Rename the file before sealing it. A sealed file with such a name inside was made by another program: nothing \
         of it was written.",
    ),
];
