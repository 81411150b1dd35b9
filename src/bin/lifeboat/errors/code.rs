//! What an error code is: its name, how a run ends with it, and what a person is told of it, all in one place.
//!
//! The files of `errors/catalogue/` declare the codes of an area each, with [`codes!`]. The compiler sees to the rest: a
//! code without a cause or a remedy does not compile, and a code that nothing ends with is reported as a variant that is
//! never constructed.

/// Exit statuses, as documented in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The run finished, some records failed.
    SomeFailed = 1,
    /// It could not run: usage, files.
    CouldNotRun = 2,
    /// Verification says no.
    NotVerified = 3,
}

/// Everything that is known of a code before it happens.
pub(crate) struct Entry {
    /// The stable identifier, for programs and for `lifeboat errors CODE`.
    pub(crate) name: &'static str,
    /// How a run ends that fails with it, the usual way first; empty when it only is beside single records.
    pub(crate) exits: &'static [Exit],
    /// What it means and what usually causes it.
    pub(crate) cause: &'static str,
    /// What to do next, at leisure.
    pub(crate) remedy: &'static str,
    /// What to type next, where whoever fails knows nothing better.
    pub(crate) hints: &'static [&'static str],
}

/// Codes that belong together, as a chapter of the catalogue.
pub(crate) struct Area {
    pub(crate) title: &'static str,
    pub(crate) entries: &'static [Entry],
}

/// A code of any area, such as `Keys::NotRsa` or `Files::DiskFull`.
#[derive(Clone, Copy)]
pub(crate) struct Code(&'static Entry);

impl Code {
    /// The code of an entry. Codes are made from the enums of the areas, which [`codes!`] declares.
    pub(crate) const fn of(entry: &'static Entry) -> Self {
        Self(entry)
    }

    /// What is known of it.
    pub(crate) fn entry(self) -> &'static Entry {
        self.0
    }

    /// The stable identifier.
    pub(crate) fn name(self) -> &'static str {
        self.0.name
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

/// Declares the codes of an area: an enum, and the [`Entry`] of each of its variants. There may be several `hint`s, or
/// none where every failure with the code brings its own.
macro_rules! codes {
    (
        pub(crate) enum $area:ident: $title:literal;
        $(
            $variant:ident {
                code: $name:literal,
                exit: [$($exit:ident),*],
                cause: $cause:literal,
                remedy: $remedy:literal,
                $(hint: $hint:expr,)*
            }
        )+
    ) => {
        #[doc = $title]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(clippy::enum_variant_names, reason = "a variant is called as its code is")]
        pub(crate) enum $area {
            $(#[doc = $cause] $variant,)+
        }

        impl $area {
            /// The chapter of these codes. It holds entries and not codes, so that a code nobody uses is noticed.
            pub(crate) const AREA: crate::errors::code::Area = crate::errors::code::Area {
                title: $title,
                entries: &[$(
                    crate::errors::code::Entry {
                        name: $name,
                        exits: &[$(crate::errors::code::Exit::$exit),*],
                        cause: $cause,
                        remedy: $remedy,
                        hints: &[$($hint),*],
                    },
                )+],
            };

            #[expect(clippy::indexing_slicing, reason = "every variant has its entry, in the same order")]
            fn entry(self) -> &'static crate::errors::code::Entry {
                &Self::AREA.entries[self as usize]
            }
        }

        impl From<$area> for crate::errors::code::Code {
            fn from(code: $area) -> Self {
                Self::of(code.entry())
            }
        }
    };
}

pub(crate) use codes;
