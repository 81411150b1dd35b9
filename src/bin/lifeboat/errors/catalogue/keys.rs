//! Keys and passphrases.

use super::{Area, Code, not_verified, refused};

pub(super) const KEYS: Area = Area {
    title: "Keys and passphrases",
    codes: CODES,
};

const CODES: &[Code] = &[
    not_verified(
        "wrong_key_passphrase",
        "The passphrase does not open the private key. Nearly always it is a slip: a space too much, another keyboard \
         layout, a letter that looks like another, or the passphrase of another key. The key file is not harmed, and \
         there is no limit on tries.",
        "Try again; every character and space counts. `--key-passphrase-file FILE` lets you see what you type; one line \
         end behind it is removed. Try the other copies of key and passphrase, too.",
    ),
    refused(
        "passphrase_needed",
        "A passphrase has to be asked for, and there is no terminal to ask on, or no answer came from it.",
        "Run it in a terminal, or give the passphrase in a file with the flag that the hint names. It is never an \
         argument or an environment variable: those can be read by others.",
    ),
    refused(
        "passphrases_differ",
        "A new passphrase is asked for twice, and the two answers are not the same. Nothing was written.",
        "Run it again. A passphrase you cannot type twice is one you cannot type on the worst day.",
    ),
    refused(
        "weak_passphrase",
        "A new passphrase has fewer than 12 characters. Whoever finds the file can try billions a day.",
        "Take several random words, or `lifeboat share generate-passphrase`. `--allow-weak-passphrase` insists.",
    ),
    refused(
        "unfit_passphrase",
        "A new passphrase holds bytes that would not be typed again: a byte order mark or UTF-16 of an editor, an older \
         encoding, a control character, a mark that cannot be seen. Whoever types it later would be refused.",
        "Save the passphrase file as UTF-8 without byte order mark, one line, only letters, digits, signs and blanks \
         between words.",
    ),
    refused(
        "passphrase_not_text",
        "What was typed at the question is no text: letters in another encoding than UTF-8 (an old terminal), or an arrow, \
         function or control key. It is refused, because another passphrase than the one meant would be used.",
        "Set the terminal to UTF-8 and type it again; Ctrl-U takes back all that was typed. Where the bytes must be just \
         those, give them in a file.",
    ),
    refused(
        "empty_passphrase",
        "A new passphrase is empty, so nothing would protect what it locks: often a passphrase file that was never \
         filled.",
        "Look at the passphrase file, or take several random words. `keygen --unencrypted` writes a key without a \
         passphrase where that is really meant.",
    ),
    refused(
        "not_a_key",
        "Nothing in the file is an RSA key in a form that is read: PEM, DER, OpenSSH, JWK or XML, also in UTF-16, base64, \
         hexadecimal digits or JSON. Most likely another file was named.",
        "A key file begins with `-----BEGIN`. `lifeboat key show FILE` tells what a file holds.",
    ),
    refused(
        "key_other_format",
        "The file is known for what it is, and it is no key in a form that is read here: a PKCS#12 file or another key \
         store, an encrypted or compressed file, a document. The message says which.",
        "The hint names the command that takes the key out or writes it in PEM. Work on a copy, on a machine that may hold \
         the key, and remove what is no longer needed.",
    ),
    refused(
        "several_keys",
        "The file holds several different keys, and nothing says which one is meant; or, as a file of recipients, so many, or \
         in so different encodings, that some would be left out.",
        "Give each key a file of its own and name that. `lifeboat key show FILE` shows the fingerprint of each, \
         `lifeboat kit inspect KIT` the one the kit was made for.",
    ),
    refused(
        "key_doubtful",
        "The public key is an RSA key in form, and none that a key program makes: its modulus has a small factor, is a \
         prime or a power, or follows a pattern, or its exponent is none in use. It was damaged or altered on its way; \
         what is sealed to it, nobody or everybody can open.",
        "Ask its owner for the public key once more, and compare the fingerprint (`lifeboat key show PUBLIC.pem`) by \
         voice. A key that was made with another exponent on purpose: let `lifeboat keygen` make a new one.",
    ),
    refused(
        "public_key_given",
        "A public key was named where the private one is needed. The public key went to the console; it opens nothing.",
        "Name the private key, which `keygen` called `…-private.pem`. If only the public key is left, look for the other \
         copies of the private one now: nothing else opens the kit.",
    ),
    refused(
        "private_key_given",
        "A private key was named where only a public one belongs: for a recipient, the public half is enough, and the \
         private one should stay where it is.",
        "`lifeboat key show FILE --json` gives the public half as `publicKeyPem`. Do not carry the private key further \
         than it has to go.",
    ),
    refused(
        "not_rsa",
        "The file holds a key, but of another kind than RSA: an SSH or TLS key, or a blockchain key.",
        "Recovery keys are RSA. `lifeboat kit inspect KIT` shows the fingerprint of the key the kit was made for, \
         `lifeboat key show FILE` that of a key.",
    ),
    refused(
        "key_damaged",
        "There is a key, but what is inside is no RSA key, or its numbers contradict each other: the file was cut, \
         retyped or damaged.",
        "Use another copy of the key. A private key of which a part is lost is not completed here.",
    ),
    refused(
        "key_size",
        "The RSA key is smaller than 2048 or larger than 8192 bits. Recovery keys have 2048 or 4096, so it is \
         probably another key.",
        "`lifeboat kit inspect KIT` shows the fingerprint of the key the kit was made for: look for that one.",
    ),
    refused(
        "key_scheme_unknown",
        "The private key is encrypted in a way that is not read here, usually an old one. The key itself is probably \
         sound.",
        "Write it anew where OpenSSL is at hand: `openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD.pem -out NEW.pem`. For very \
         old schemes add `-provider legacy -provider default`. Keep the old file. An OpenSSH key is written anew with \
         `ssh-keygen -p -Z aes256-ctr -f COPY`, on a copy.",
    ),
    refused(
        "key_work_factor",
        "The key file asks for more work or memory to open than any honest program sets (20 million rounds of PBKDF2, \
         1 GiB for scrypt). It is damaged, or was made to stall whoever opens it.",
        "Use another copy of the key. If this one is known to be yours, OpenSSL writes it anew: `openssl pkcs8 \
         -topk8 -v2 aes-256-cbc -in OLD.pem -out NEW.pem`.",
    ),
    not_verified(
        "key_proof_failed",
        "A new key pair did not pass its own proof: what its public half sealed, its private half did not open. No honest \
         machine does this. Nothing was written.",
        "Do not use this machine for keys before its memory and this program have been checked.",
    ),
];
