//! Drills.

use crate::errors::code::codes;

codes! {
    pub(crate) enum Drills: "Drills";

    DrillFailed {
        code: "drill_failed",
        exit: [NotVerified],
        cause: "A step of the drill did not hold: the kit was changed or is another one, the key \
            does not open it, the list has something in it that is no wallet id, a share or an \
            address is not what it was. The message names the first such step. Steps that need it \
            were not done. Report and page were written all the same.",
        remedy: "Treat it as found in time: nothing is lost yet. Try the other copies of the kit \
            and of the key, and the newest list of wallets. `lifeboat kit verify KIT --key PEM` \
            says more of a kit that does not hold. If a drill on invented secrets fails (without \
            `--kit`), the machine or the program is broken: use another one.",
    }

    DrillTooSlow {
        code: "drill_too_slow",
        exit: [NotVerified],
        cause: "Every step of the drill held, but it took longer than `--target` allows. The time \
            counts from the start to the last step, with the time in which passphrases were typed. \
            Report and page were written.",
        remedy: "See in the report which step takes the time. Hold the drill again, on the machine \
            that the recovery is planned for; or agree on another target.",
        hint: "the report says how long each step took; `--target` takes the minutes agreed on",
    }
}
