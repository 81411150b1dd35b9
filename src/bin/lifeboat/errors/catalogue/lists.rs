//! Wallet lists, batches and their results.

use super::{Area, Code, Exit, not_verified, refused};

pub(super) const LISTS: Area = Area {
    title: "Wallet lists, batches and results",
    codes: CODES,
};

const CODES: &[Code] = &[
    Code {
        code: "bad_wallet_ids",
        exits: &[Exit::CouldNotRun, Exit::SomeFailed],
        cause: "The list holds something that is no wallet id, an id in another spelling than lower case with dashes, or \
                an id twice. The spelling is hashed into the share, so a guess would give a wrong one. Without \
                `--keep-going` nothing was written; with it, exit status 1 says that the good ids were derived and the \
                bad ones are listed in `failed`.",
        remedy: "Correct the lines that are named. An id that stands twice is no harm with `--format ndjson` or `csv`. \
                 `--keep-going` derives the others first; the corrected ones can be derived alone later.",
    },
    refused(
        "bad_wallet_id",
        "The id given with `--wallet` is no wallet id, or not in lower case with dashes.",
        "Write it as the hint says. It is the id of the wallet, not of a device, user or vault account.",
    ),
    refused(
        "no_wallet_ids",
        "There is nothing to do: no id was given, or the list is empty or only a header.",
        "Name ids after the kit, or a list with `--wallets FILE`. Is it the right file?",
    ),
    refused(
        "list_utf16",
        "The list is in UTF-16 or UTF-32; Windows programs call the former `Unicode`.",
        "Save it as UTF-8, or: `iconv -f UTF-16 -t UTF-8 LIST > LIST.txt`.",
    ),
    refused(
        "list_not_text",
        "The file named as the wallet list is no text: an Excel workbook, a PDF, an archive, a database. The message says \
         what it is.",
        "Save it as CSV (UTF-8) with a column `walletId`, or as text with one id on each line.",
    ),
    refused(
        "list_no_column",
        "The list has several columns, and none or more than one is called `Wallet Id`, `walletId` or `wallet_id`, so there is \
         no telling which one holds the ids.",
        "Name the column in the first line, or give a list of ids alone.",
    ),
    refused(
        "list_json_document",
        "The list is JSON from which the ids cannot be told: broken or cut off, without members `walletId`, or with ids in \
         two places. Arrays of ids, arrays of objects and the pages of the provider's API are read as they are.",
        "The ids of a page become a list with `jq -r '.data[].walletId' LIST.json > LIST.txt`, those of an array with \
         `jq -r '.[]'`. Was the answer saved whole?",
    ),
    refused(
        "list_is_key",
        "A key was named as the wallet list: two flags were mixed up. Its content was not shown.",
        "`--wallets` takes the list, `--key` the key.",
    ),
    refused(
        "list_long_line",
        "A line of the list is longer than 64 KiB, which no list has: it is another file, or its line ends are lost.",
        "Is it the right file? Put one id on each line.",
    ),
    refused(
        "list_changed",
        "The list was read twice, first to look it over and then to derive, and was not the same: somebody or something \
         writes to it. Nothing was written.",
        "Copy the list to this machine and run it on the copy.",
    ),
    refused(
        "interrupted",
        "Somebody pressed Ctrl-C. Where the result goes to a file, what is done is kept in `….partial`, which is not a \
         result yet.",
        "The same command with `--resume` goes on from there. Everything that stands there is derived again and \
         compared first.",
    ),
    refused(
        "partial_exists",
        "An earlier run did not come to its end, and what it had done stands in `….partial`.",
        "Of `derive`, the same command with `--resume` finishes it. A folder `….partial` holds some of the secrets of a run \
         that was ended: delete it (`rm -r`) and run the command again. If it belongs to something else, move it away; nothing \
         deletes it for you.",
    ),
    refused(
        "partial_foreign",
        "Under the name of the unfinished result stands something that no run leaves behind, such as a link or a folder. \
         It was not touched.",
        "See what it is with `ls -l`, and move it away or give the result another name.",
    ),
    refused(
        "partial_busy",
        "Another run is writing this very result at this moment.",
        "Wait for it, or give this one another name. If no such run is known, `fuser FILE` names the process.",
    ),
    not_verified(
        "resume_differs",
        "The unfinished result is not what this run would have written: it was begun with another kit, key, list, format, \
         choice of algorithms or recipients, or it was damaged. The message says which. It was left as it stands.",
        "Give the same arguments as the first time. If the list has changed since, move the unfinished result away and \
         begin anew: deriving is quick.",
    ),
    refused(
        "not_records",
        "The file is no result of `derive`: another file, or one that was opened and saved by another program.",
        "Name the result as `derive` wrote it. A sealed one is opened first, with `lifeboat unseal`. `check` also reads \
         JSON as the published tools write it.",
    ),
    refused(
        "record_line",
        "A line of the result is no record as `derive` writes it: it was edited, reformatted or damaged.",
        "Use another copy, or derive it again from the kit; a spreadsheet must not have saved it.",
    ),
    refused(
        "record_twice",
        "One wallet stands in the JSON object more than once. Programs that read JSON take the last and forget the others, \
         so there is no telling which was meant.",
        "Derive it again from the kit. `--format ndjson` and `csv` can hold a wallet twice.",
    ),
    refused(
        "record_uneven",
        "A record has other cosigners or other algorithms than the first: a share is missing, or was added. `derive` gives \
         every wallet the same.",
        "`lifeboat check FILE KIT --key PEM` names every wallet that is wrong; derive those again from the kit.",
    ),
    refused(
        "file_needed",
        "A pipe or a device was named where a file is read more than once.",
        "Write it to a file first. A result in clear belongs on a disk in memory, such as `/dev/shm`, not on a real one.",
    ),
    not_verified(
        "no_records",
        "The file is a result in form and holds no record at all, so nothing was checked.",
        "Look for the right file, or derive again.",
    ),
    not_verified(
        "records_incomplete",
        "`check --wallets` compared the result with the list: wallets of the list are missing in it, or it has others. \
         They are named in `missing` and `extra`. The records that are there are right.",
        "Is it the list that was derived? Derive the missing ones in a run of their own.",
    ),
    refused(
        "records_cut_off",
        "The result ends before its end: a copy that broke off, or an unfinished result (`….partial`).",
        "Copy it again and compare the SHA-256 that `derive` showed, or finish it with `derive --resume`.",
    ),
    refused(
        "merge_format",
        "The parts of a shared batch have different formats, or sealed ones come from different kits or algorithms.",
        "Derive every part from the same kit with the same `--format` and `--algorithm`; parts can be derived again at \
         any time. Sealed parts go together with clear ones in NDJSON.",
    ),
    not_verified(
        "merge_incomplete",
        "The parts do not make the whole list: one is missing, named twice, in another order, or of another list. The \
         message names the first wallet that does not fit. Nothing was written, and the parts are as they were.",
        "Name every part once, in the order of the shards, with the list that all of them were derived from. Derive a \
         missing part again with its `--shard I/N`.",
    ),
    not_verified(
        "records_wrong",
        "`check` derived records again from the kit, and some in the file are not the same: a damaged or altered file, or \
         another kit. Each wallet is named in `wrong` with what differs.",
        "Do not use the file. Is it the kit the result was made from? If so, derive again; the kit is the truth.",
    ),
    not_verified(
        "shares_short",
        "The shares are right, but some were written without their leading zeros, as one of the published tools does. A \
         program that counts digits takes them for damaged.",
        "`lifeboat check … --repair OUT` writes them in full. No share is lost.",
    ),
];
