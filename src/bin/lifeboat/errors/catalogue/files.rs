//! What was typed, files, folders, disks and the terminal.

use super::{Area, Code, in_a_record, not_verified, refused};

pub(super) const FILES: Area = Area {
    title: "The command line, files and folders",
    codes: CODES,
};

const CODES: &[Code] = &[
    refused(
        "usage",
        "The command line is not one that lifeboat knows: a misspelt command or flag, a value missing or too much, or \
         two flags that exclude each other. Nothing was done.",
        "`lifeboat help` lists the commands, `lifeboat help COMMAND` the arguments of one. A file name that begins with a \
         dash is given as `./-name`.",
    ),
    refused(
        "file_not_found",
        "There is no file or folder of that name: a slip of the pen, another working folder, a disk that is not mounted. \
         For a result it is the folder that is missing, for `--passphrase-dir` the file named after the passphraseId.",
        "`ls -l` shows what is there. Name the file by its full path; make the folder of a result first.",
    ),
    refused(
        "permission_denied",
        "The system does not let this user read the file, or write into the folder; or a link leads out of a folder that was \
         named, to a file that was not.",
        "`ls -l` shows whose it is and where it leads. Copy the file to a folder of your own, or name `--out` in one. Do not open a key or a \
         kit to everybody to get past this.",
    ),
    refused(
        "output_exists",
        "Something already stands under the name of the result. lifeboat never overwrites: it may be the only copy of a \
         secret. It was left as it is.",
        "Name another file, or look at the one that stands there and move it away.",
    ),
    refused(
        "disk_full",
        "The disk that takes the result is full. No half result stands under the result's name. Where a batch was \
         being derived, what is done is kept beside it in `….partial`.",
        "Make room, or name a file on another disk, and run it again; `derive` goes on with `--resume`.",
    ),
    refused(
        "unfit_file_system",
        "The file system that takes the result cannot give a file its name in one step without replacing another, as some \
         network disks and sticks cannot. Nothing was overwritten; a batch's result stands whole in `….partial`.",
        "Name a file on another disk, best an encrypted one of this machine, and copy it from there. Of a batch, the same \
         command with `--resume` on another disk is as quick.",
    ),
    refused(
        "file_size_limit",
        "The result would be larger than a file may be there: 4 GiB on FAT32, or the limit that `ulimit -f` shows. Going on in \
         the same place ends at the same byte.",
        "Name a file on another disk, or derive parts with `--shard I/N` and put them together later. A batch's `….partial` \
         can be copied to another disk, where `--resume` goes on.",
    ),
    refused(
        "read_only",
        "The result was to go to a file system that is mounted read-only, such as a live system's image or a disk that \
         the system has closed after errors.",
        "Name `--out` on another disk. A disk that was closed after errors should be copied before anything else is \
         tried on it.",
    ),
    refused(
        "io",
        "The system failed to read or write; the message has its own words. The usual causes are a folder where a file \
         belongs, a disk that was pulled out and a disk that is dying.",
        "Is it the right name? Copy the file to another disk and use the copy. When reading fails at the same place \
         again, the disk is damaged: use another copy of the kit, key or backup.",
    ),
    refused(
        "read_failed",
        "A wallet list or a file of records was opened, but reading it failed on the way: a folder where a file belongs, \
         or a disk that is failing.",
        "Is it the right name? Copy it to another disk and name the copy. Nothing was written.",
    ),
    refused(
        "file_too_large",
        "The file is larger than any honest one of its kind, so it was not read: most likely another file was named.",
        "Compare name and size with `ls -l`. A wallet list on standard input that is refused for its size can be given \
         as a file.",
    ),
    refused(
        "folder_too_large",
        "A folder of shares holds more than a million files or 4 GiB, which is more than is read at once.",
        "Name parts of it: `--client` and `--custodian` take several folders and files. Halves of one wallet must be \
         named in the same run.",
    ),
    in_a_record(
        "link_to_folder",
        "In a folder of shares stands a link to another folder. It is not followed, so that no folder is read twice or \
         without end. Everything else was read.",
        "If the shares are behind the link, name that folder as well.",
    ),
    in_a_record(
        "folder_too_deep",
        "A folder of shares holds folders more than sixteen deep. Those were not looked into; everything else was read.",
        "Name the deep folder itself.",
    ),
    refused(
        "stdin_twice",
        "Two arguments are to be read from standard input (`-`), which can be read only once.",
        "Give one of them a file. In a shell a second stream has a name too: `/dev/fd/3`, with `3<FILE` behind the \
         command.",
    ),
    refused(
        "stdout_taken",
        "`--json` prints its one object on standard output, so the result cannot go there too.",
        "Give the result a file with `--out FILE`, or leave `--json` out.",
    ),
    refused(
        "secret_on_terminal",
        "The result is secret and would have appeared on the screen, where scroll-back and cameras keep it.",
        "`--out FILE` writes it to a new file that only you can read. `--reveal` shows it all the same.",
    ),
    refused(
        "stdout_lost",
        "Standard output could not be written to its end: it is closed, whoever read it has gone, or the disk behind it is \
         full. What was shown is not whole. Files named by `--out` are not touched by this: a result that stands under its \
         name is whole. A closed standard output is also what `/dev/null` looks like when it was opened for reading and \
         writing, as some programs do that start others.",
        "Leave standard output open, or name a file with `--out FILE`; make room where the disk is full. Then run it again; \
         do not use what was shown.",
    ),
    refused(
        "not_enough_memory",
        "A file under a passphrase takes up to 1 GiB of memory to lock or open, on purpose: it makes guessing expensive. \
         So do a recovery key under scrypt and a keystore. The machine did not give that much. This says nothing about the \
         passphrase or the file.",
        "Close other programs, lift limits (`ulimit -v unlimited`), or use a machine with more memory.",
    ),
    not_verified(
        "read_back_differs",
        "A backup was written, and reading it back gave other bytes: the disk or the memory is failing.",
        "Do not trust the file or the disk. Back up again on another disk, best from another machine.",
    ),
    refused(
        "not_json",
        "A file that must be JSON is none: cut off while it was copied, edited, saved in UTF-16, or another file \
         altogether. The message has the line and column where reading stopped.",
        "Use another copy. A file that comes from a person should be compared with the original byte for byte.",
    ),
    refused(
        "other_content",
        "The file is not what the command reads, and the message says what it is: empty, a server's error answer that was \
         saved as if it were the content, an archive, a web page. Nothing of it is shown.",
        "Look for the right file. Where a server answered with an error, ask it again while it still answers, or use a copy \
         that was kept earlier.",
    ),
    refused(
        "missing_field",
        "A JSON file lacks a field that its format must have; the message names it. Usually it is JSON of another \
         kind, or an older export.",
        "Is it the right file? Compare it with docs/FORMATS.md, and use another copy. Do not add the field by hand.",
    ),
    refused(
        "wrong_type",
        "A field of a JSON or CSV file holds a value of another type than the format has, such as a number where a text \
         in quotes belongs. Programs that rewrite JSON do this to long numbers and lose digits.",
        "Use the file as it was first delivered, not as another program saved it.",
    ),
    refused(
        "bad_hex",
        "A field must hold hexadecimal digits and holds something else, or an odd number of them: a character was lost or \
         added on the way.",
        "Use another copy, made without editors, mail or spreadsheets in between. Do not fill a digit in by guessing.",
    ),
    refused(
        "wrong_length",
        "A field holds more or fewer bytes than the format has: digits were lost or added on the way.",
        "Use another copy. Shares that lost their leading zeros are a known case: `lifeboat check … --repair OUT` and \
         `takeover` put those back.",
    ),
    refused(
        "bad_uuid",
        "An id is no UUID in lower case with dashes. The spelling counts, because ids are hashed into keys.",
        "For a flag, type the id in lower case with dashes. In a file, use another copy: a program has rewritten it.",
    ),
    refused(
        "bad_value",
        "A field of a file has the right type but a value that its format does not have; the message names the field and \
         what is wrong. It may be damaged, of a newer version, or made by another program.",
        "Use another copy. When every copy says the same, compare the field with docs/FORMATS.md.",
    ),
];
