//! Who may do what: a right is what a deed or a question needs, a role is what somebody has.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::status::words;
use crate::error::{UserError, nearest};

/// What somebody may do in an organization; each may do all that the one before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads everything, also what visitors do not see.
    Viewer,
    /// Tells what happens, and keeps the catalogue of services.
    Editor,
    /// Decides who may do what.
    Admin,
}

words!(Role, "a role", [Viewer = "viewer", Editor = "editor", Admin = "admin"], also []);

/// What is needed for a deed or a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// To read what visitors do not see: drafts, hidden services, the log.
    ReadPrivate,
    /// To tell what happens: incidents, maintenance, statuses by hand.
    Tell,
    /// To change services and groups.
    ChangeServices,
    /// To administer the organization: its tokens, members and settings.
    Administer,
}

impl Right {
    /// Every right.
    pub const ALL: &'static [Self] = &[Self::ReadPrivate, Self::Tell, Self::ChangeServices, Self::Administer];

    /// The least role that has it.
    pub const fn least(self) -> Role {
        match self {
            Self::ReadPrivate => Role::Viewer,
            Self::Tell | Self::ChangeServices => Role::Editor,
            Self::Administer => Role::Admin,
        }
    }
}

impl Role {
    /// Whether it has this right.
    pub fn may(self, right: Right) -> bool {
        self >= right.least()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_it_is_for_and_what_lesser_ones_may() {
        let rights = |role: Role| Right::ALL.iter().copied().filter(|right| role.may(*right)).collect::<Vec<_>>();
        assert_eq!(rights(Role::Viewer), [Right::ReadPrivate]);
        assert_eq!(rights(Role::Editor), [Right::ReadPrivate, Right::Tell, Right::ChangeServices]);
        assert_eq!(rights(Role::Admin), Right::ALL);
    }

    #[test]
    fn roles_are_words() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(*role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        let error = "editr".parse::<Role>().unwrap_err();
        assert_eq!((error.message.as_str(), error.hint.as_deref()), ("`editr` is not a role", Some("did you mean `editor`?")));
        assert_eq!("root".parse::<Role>().unwrap_err().hint.as_deref(), Some("one of viewer, editor, admin"));
    }
}
