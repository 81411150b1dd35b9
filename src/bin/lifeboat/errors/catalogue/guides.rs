//! The guide: its terminal, its notes.

use crate::errors::code::codes;

codes! {
    pub(crate) enum Guides: "The guide";

    NoTerminal {
        code: "guide_needs_terminal",
        exit: [CouldNotRun],
        cause: "`lifeboat guide` asks and waits for answers, and here is no terminal to ask on: its \
            input or its output is a file or a pipe. Nothing was done.",
        remedy: "Type `lifeboat guide` in a terminal, without `<`, `>` and `|`. To keep what is \
            shown, start `script recovery.log` first and the guide in it. Programs run the \
            single commands: docs/RUNBOOK.md has them in their order.",
        hint: "type it in a terminal, without `<`, `>` and `|`; programs run the single commands, \
            which docs/RUNBOOK.md has in their order",
    }

    GuideBusy {
        code: "guide_busy",
        exit: [CouldNotRun],
        cause: "Another `lifeboat guide` runs in the same work folder, perhaps in another window. \
            Two of them would get in each other's way.",
        remedy: "Go on in the other window, or leave it there with `q`. For another recovery beside \
            it name another folder: `lifeboat guide --work OTHER`.",
        hint: "go on in the other window, or leave it there with `q`; for another recovery name \
            another folder, `--work OTHER`",
    }

    BadNotes {
        code: "bad_guide_notes",
        exit: [CouldNotRun],
        cause: "`guide.json` in the work folder says what was answered and done. It was altered, is \
            damaged, or was written by a newer lifeboat. Your results do not depend on it: they \
            are whole.",
        remedy: "Name another work folder, `lifeboat guide --work OTHER`, and answer once more. \
            The results that you have stay where they are; to use one, type its path when the guide \
            asks for it.",
        hint: "name another work folder, `--work OTHER`: the results stay where they are",
    }
}
