//! A message of Clerk's, from raw headers and body to what is answered.

use chrono::{DateTime, Utc};

use crate::clerk::{Event, Reading, read_event, verify};
use crate::config::Workspace;
use crate::domain::{ClerkId, DirectoryChange, MessageOutcome};
use crate::error::UserError;
use crate::ops::clerk::folders::{Attended, Thoroughness, see_to};
use crate::ops::clerk::{Clerk, refuse_lone};
use crate::store::Directory;

pub use crate::clerk::LARGEST_BODY;

/// What came of a delivery. Only what is recorded durably is answered with success, so that whatever is lost comes again.
#[derive(Debug)]
pub enum Receipt {
    /// It counts now.
    Applied {
        /// The message.
        id: ClerkId,
        /// The type of its event.
        kind: String,
        /// What was done to folders because of it, and what could not be.
        attended: Attended,
    },
    /// It had come before, and nothing changed.
    Duplicate {
        /// The message.
        id: ClerkId,
        /// What had been left undone before, and was done to folders now.
        attended: Attended,
    },
    /// It is noted, and nothing follows from it: its type is of no use here, or it cannot be understood. Sending it again would not help.
    Recorded {
        /// The message.
        id: ClerkId,
        /// The type of its event, where it says one.
        kind: Option<String>,
        /// What came of it.
        outcome: MessageOutcome,
        /// What is wrong with it; says nothing of what is in it.
        why: Option<&'static str>,
        /// What had been left undone before, and was done to folders now.
        attended: Attended,
    },
    /// It is not believed, and left no trace.
    Refused {
        /// 401 for what is not signed, 403 for another instance of Clerk, 413 for what is too large.
        status: u16,
        /// Why, for the log of whoever runs the server and not for the answer.
        why: String,
    },
    /// It could not be recorded, and shall come again.
    Unavailable(UserError),
}

impl Receipt {
    /// The HTTP status of the answer.
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::Applied { .. } | Self::Duplicate { .. } | Self::Recorded { .. } => 200,
            Self::Refused { status, .. } => *status,
            Self::Unavailable(_) => 503,
        }
    }

    /// What was done to folders, and what could not be.
    pub const fn attended(&self) -> Option<&Attended> {
        match self {
            Self::Applied { attended, .. } | Self::Duplicate { attended, .. } | Self::Recorded { attended, .. } => Some(attended),
            Self::Refused { .. } | Self::Unavailable(_) => None,
        }
    }
}

/// Takes in a delivery whose `headers` and `body` are as they came. When this returns, what it says is durable.
pub fn receive<'a>(
    workspace: &Workspace,
    clerk: &Clerk,
    headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    body: &[u8],
    now: DateTime<Utc>,
) -> Receipt {
    let refused = |status, why: String| Receipt::Refused { status, why };
    let Some(secrets) = &clerk.secrets else {
        return Receipt::Unavailable(UserError::conflict("no webhook secret is set").hint("give it as STATUARY_CLERK_WEBHOOK_SECRET"));
    };
    if body.len() > LARGEST_BODY {
        return refused(413, "it is too large".to_owned());
    }
    let id = match verify(secrets, headers, body, now) {
        Ok(id) => id,
        Err(why) => return refused(401, why.to_string()),
    };
    let event = read_event(body);
    let wanted = clerk.settings.instance_id.as_deref();
    if wanted.is_some() && event.instance.is_some() && event.instance.as_deref() != wanted {
        return refused(403, "it is of another instance of Clerk".to_owned());
    }
    record(workspace, clerk, id, event, now).unwrap_or_else(Receipt::Unavailable)
}

fn record(workspace: &Workspace, clerk: &Clerk, id: ClerkId, event: Event, now: DateTime<Utc>) -> Result<Receipt, UserError> {
    refuse_lone(workspace)?;
    let mut directory = Directory::open_or_create(&workspace.directory())?;
    let (outcome, changes, why) = match event.reading {
        Reading::Understood(changes) => (MessageOutcome::Applied, changes, None),
        Reading::PassedOver => (MessageOutcome::PassedOver, Vec::new(), None),
        Reading::Malformed(why) => (MessageOutcome::Malformed, Vec::new(), Some(why)),
    };
    let first = directory.write(|write| {
        let first = write.note_message(&id, event.kind.as_deref(), now, outcome, why)?;
        if first {
            changes.iter().try_for_each(|change| write.merge(change))?;
        }
        Ok::<_, UserError>(first)
    })?;
    let ended = changes.iter().any(|change| matches!(change, DirectoryChange::OrganizationGone(_)));
    let thoroughness = if ended { Thoroughness::EveryFolder } else { Thoroughness::WhatIsNew };
    // It stands in the directory now. What goes wrong from here on is tried again with the next message.
    let attended = see_to(&mut directory, workspace, clerk, thoroughness, now);
    Ok(match (first, outcome) {
        (false, _) => Receipt::Duplicate { id, attended },
        (true, MessageOutcome::Applied) => Receipt::Applied { id, kind: event.kind.unwrap_or_default(), attended },
        (true, _) => Receipt::Recorded { id, kind: event.kind, outcome, why, attended },
    })
}
