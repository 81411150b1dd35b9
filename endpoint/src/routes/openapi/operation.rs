//! One operation, put together in a table.

/// Who may call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Anybody,
    Caller,
    Operator,
    /// Whoever has the secret of Portal's webhooks.
    Portal,
}

/// A parameter behind the question mark.
#[derive(Clone, Copy)]
pub(super) struct Query {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
}

/// An operation. Bodies are named by their schemas.
#[derive(Clone, Copy)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    pub(super) who: Who,
    /// Whether it is on the listener of operators.
    pub(super) is_inside: bool,
    pub(super) takes: Option<&'static str>,
    pub(super) takes_text: Option<&'static str>,
    pub(super) is_body_needed: bool,
    pub(super) answers: &'static [u16],
    pub(super) gives: Option<&'static str>,
    pub(super) gives_text: Option<&'static str>,
    /// Statuses of problems that are not everybody's.
    pub(super) refuses: &'static [u16],
    pub(super) query: &'static [Query],
    pub(super) is_repeatable: bool,
    pub(super) is_on_behalf: bool,
}

pub(super) const fn get(path: &'static str, summary: &'static str, who: Who) -> Operation {
    Operation {
        method: "get",
        path,
        summary,
        who,
        is_inside: matches!(who, Who::Operator),
        takes: None,
        takes_text: None,
        is_body_needed: true,
        answers: &[200],
        gives: None,
        gives_text: None,
        refuses: &[],
        query: &[],
        is_repeatable: false,
        is_on_behalf: false,
    }
}

pub(super) const fn post(path: &'static str, summary: &'static str, who: Who) -> Operation {
    Operation {
        method: "post",
        ..get(path, summary, who)
    }
}

pub(super) const fn put(path: &'static str, summary: &'static str, who: Who) -> Operation {
    Operation {
        method: "put",
        ..get(path, summary, who)
    }
}

pub(super) const fn delete(path: &'static str, summary: &'static str, who: Who) -> Operation {
    Operation {
        method: "delete",
        ..get(path, summary, who)
    }
}

impl Operation {
    /// JSON of this schema is its body.
    pub(super) const fn takes(self, schema: &'static str) -> Self {
        Self {
            takes: Some(schema),
            ..self
        }
    }

    /// Text of this media type is its body.
    pub(super) const fn takes_text(self, kind: &'static str) -> Self {
        Self {
            takes_text: Some(kind),
            ..self
        }
    }

    /// The body may be left out.
    pub(super) const fn needs_no_body(self) -> Self {
        Self {
            is_body_needed: false,
            ..self
        }
    }

    /// Its statuses where it is done.
    pub(super) const fn answers(self, statuses: &'static [u16]) -> Self {
        Self {
            answers: statuses,
            ..self
        }
    }

    /// JSON of this schema is its answer.
    pub(super) const fn gives(self, schema: &'static str) -> Self {
        Self {
            gives: Some(schema),
            ..self
        }
    }

    /// Text of this media type is its answer.
    pub(super) const fn gives_text(self, kind: &'static str) -> Self {
        Self {
            gives_text: Some(kind),
            ..self
        }
    }

    /// Statuses of problems beyond those of every operation.
    pub(super) const fn refuses(self, statuses: &'static [u16]) -> Self {
        Self {
            refuses: statuses,
            ..self
        }
    }

    pub(super) const fn query(self, query: &'static [Query]) -> Self {
        Self { query, ..self }
    }

    /// It takes an `Idempotency-Key`.
    pub(super) const fn repeatable(self) -> Self {
        Self {
            is_repeatable: true,
            ..self
        }
    }

    /// A backend says for whom it asks.
    pub(super) const fn on_behalf(self) -> Self {
        Self {
            is_on_behalf: true,
            ..self
        }
    }

    /// It is on the listener of operators.
    pub(super) const fn for_operators(self) -> Self {
        Self {
            is_inside: true,
            ..self
        }
    }
}
