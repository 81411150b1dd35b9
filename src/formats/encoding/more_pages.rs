//! Whether a page of an answer says that more pages follow, in the words of the servers and databases that are known here
//! (FORMATS.md §11, §21). A page that is taken for the whole loses the others without a word.

/// Members that are empty on the last page.
const NEXT: [&str; 20] = [
    "next",
    "nextcursor",
    "nextpage",
    "nextpagetoken",
    "nexttoken",
    "nexturl",
    "nexturi",
    "nextlink",
    "nextmarker",
    "nextrecordsurl",
    "nextstartkey",
    "odatanextlink",
    "continuation",
    "continuationtoken",
    "nextcontinuationtoken",
    "pagetoken",
    "cursor",
    "lastevaluatedkey",
    "paginationtoken",
    "scrollid",
];
/// Members that are true on every page but the last.
const HAS_MORE: [&str; 7] = [
    "hasmore",
    "hasnext",
    "hasnextpage",
    "istruncated",
    "more",
    "moreavailable",
    "moreresults",
];
/// Members in which `after` is the way to the next page, as it is beside the array itself.
const PAGING: [&str; 5] = ["paging", "pagination", "cursors", "pageinfo", "next"];
/// Members that count all pages, and those that say which one this is.
const PAGES: [&str; 4] = ["totalpages", "pagecount", "lastpage", "numpages"];
const PAGE: [&str; 4] = ["page", "currentpage", "pagenumber", "pageno"];

/// What a member of a page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held<'a> {
    /// `null`, or an array or object with nothing in it.
    Nothing,
    /// A string.
    Text(&'a str),
    /// A whole number.
    Number(u64),
    /// `true` or `false`.
    Flag(bool),
    /// An array or object with something in it.
    Something,
}

/// What the members of one page say.
#[derive(Debug, Clone, Default)]
pub struct MorePages {
    said: Option<String>,
    page: Option<u64>,
    pages: Option<u64>,
}

impl MorePages {
    /// Reads a member of the page. `around` is the name of the member that it is in, or empty.
    pub fn member(&mut self, around: &str, name: &str, held: Held<'_>) {
        let (around, plain) = (plain(around), plain(name));
        let is = |names: &[&str]| names.contains(&plain.as_str());
        match held {
            Held::Number(number) if is(&PAGES) => self.pages = Some(number),
            Held::Number(number) if is(&PAGE) => self.page = Some(number),
            _ => {}
        }

        let follows = match held {
            Held::Nothing => false,
            Held::Flag(yes) => yes && is(&HAS_MORE),
            Held::Text(text) if text.trim().is_empty() => false,
            Held::Number(0) => false,
            _ => {
                is(&NEXT)
                    || (plain == "after"
                        && (around.is_empty() || PAGING.contains(&around.as_str())))
            }
        };
        if follows && self.said.is_none() {
            self.said = Some(name.to_owned());
        }
    }

    /// The name of the member that says that more pages follow.
    #[must_use]
    pub fn named(&self) -> Option<&str> {
        let is_one_of_many = self
            .pages
            .is_some_and(|pages| pages > 1 && self.page.is_none_or(|page| page < pages));
        self.said
            .as_deref()
            .or(is_one_of_many.then_some("total_pages"))
    }
}

/// A member's name in lower case, without what is between words.
#[must_use]
pub(in crate::formats) fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}
